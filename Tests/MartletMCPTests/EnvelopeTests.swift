import MartletJSON
import MartletMCP
import Testing

@Suite("The envelope of a request")
struct EnvelopeTests {
    private static let session = Fixture.sessionFields
    private static let call = Fixture.legacyCall

    @Test(
        "a request of another media type is refused before its body is read",
        arguments: [
            [("Accept", "*/*")], [("Content-Type", "text/plain"), ("Accept", "*/*")],
            [("Content-Type", "application/json-patch+json"), ("Accept", "*/*")],
            [("Content-Type", "application/json; charset=utf-16"), ("Accept", "*/*")],
            [("Content-Type", "text/plain, application/json"), ("Accept", "*/*")],
            [("Content-Type", "application/json"), ("Content-Type", "application/json")],
            [("Content-Type", "application/json"), ("content-type", "text/plain")],
            [("Content-Type", "")],
        ] as [Fields])
    func mediaType(fields: Fields) throws {
        try Refusal("", "not even JSON", fields, .unsupportedMediaType, -32600, 415).check()
    }

    @Test(
        "a client that takes neither JSON nor an event stream is refused",
        arguments: [
            "text/html", "", "application/xml, image/*", "application/json;q=0", "application/json; q=0.000, text/html",
        ])
    func notAcceptable(accept: String) throws {
        let fields: Fields = [("Content-Type", "application/json"), ("Accept", accept)]
        try Refusal("", Self.call, fields, .notAcceptable, -32600, 406).check()
    }

    @Test(
        "the media types a client takes are read from all its Accept headers",
        arguments: [
            ([("Accept", "application/json")], true, false), ([("Accept", "text/event-stream;q=0.5")], false, true),
            ([("Accept", "*/*")], true, true), ([("Accept", "APPLICATION/*")], true, false), ([], true, true),
            ([("Accept", "text/*"), ("accept", "Application/JSON; q=1")], true, true),
        ] as [(Fields, Bool, Bool)])
    func accept(fields: Fields, json: Bool, stream: Bool) {
        let headers = RequestHeaders(fields)
        #expect(headers.acceptsJSON == json)
        #expect(headers.acceptsEventStream == stream)
    }

    @Test(
        "a body that is no JSON is a parse error without an id",
        arguments: [
            Array("".utf8), Array("{".utf8), Array("hello".utf8), Array(#"{"jsonrpc":"2.0",}"#.utf8),
            [0xEF, 0xBB, 0xBF] + Array(call.utf8), Array((call + call).utf8), Array(#"{"jsonrpc":"2.0","a":01}"#.utf8),
            Array(#"{"jsonrpc":"2.0","id":""#.utf8) + [0xC0, 0xAF] + Array(#""}"#.utf8), Array(#"{"a":NaN}"#.utf8),
            Array("{\"a\":\"\u{0A}\"}".utf8), Array(#"{"a":"\x"}"#.utf8),
        ])
    func parseErrors(body: [UInt8]) throws {
        try Refusal("", body, Self.session, .parseError, -32700, 400).check()
    }

    @Test(
        "JSON that two readers could take differently is refused",
        arguments: [
            #"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"amount":1,"amount":9}}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"amount":1,"\u0061mount":9}}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"am\u0000ount":1}}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"note":"\ud800"}}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":\#(String(repeating: "[", count: 80))\#(String(repeating: "]", count: 80))}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":\#(String(repeating: "9", count: 65))}}"#,
        ])
    func ambiguousBodies(body: String) throws {
        try Refusal("", body, Self.session, .ambiguousBody, -32600, 400).check()
    }

    @Test("a body above the limit is refused, one at the limit is not")
    func bodyLimit() throws {
        var limits = JSONLimits.request
        limits.maximumBytes = Self.call.utf8.count
        let headers = RequestHeaders(Self.session)
        let body = Array(Self.call.utf8)
        #expect(try RequestParser(limits: limits).parse(headers: headers, body: body).method == .callTool)
        let error = #expect(throws: ProtocolError.self) {
            try RequestParser(limits: limits).parse(headers: headers, body: body + [0x20])
        }
        #expect(error?.kind == .bodyTooLarge)
        #expect(error?.httpStatus == 413)
    }

    @Test(
        "a batch, a bare value or a response is no request",
        arguments: [
            "[]", "[\(call)]", "null", "true", "42", "\"tools/call\"", "{}",
            #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}"#,
            #"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, #"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
            #"{"jsonrpc":"2.0","id":1e2,"method":"ping"}"#, #"{"jsonrpc":"2.0","id":true,"method":"ping"}"#,
            #"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, #"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#,
            #"{"jsonrpc":"2.0","id":9223372036854775808,"method":"ping"}"#,
            #"{"jsonrpc":"2.0","id":"\#(String(repeating: "x", count: 1025))","method":"ping"}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","result":{}}"#,
        ])
    func notARequest(body: String) throws {
        try Refusal("", body, Self.session, .invalidRequest, -32600, 400).check()
    }

    @Test(
        "a request with a wrong member is refused under its id",
        arguments: [
            #"{"id":7,"method":"ping"}"#, #"{"jsonrpc":"1.0","id":7,"method":"ping"}"#,
            #"{"jsonrpc":2.0,"id":7,"method":"ping"}"#, #"{"jsonrpc":"2.0","id":7}"#,
            #"{"jsonrpc":"2.0","id":7,"method":null}"#, #"{"jsonrpc":"2.0","id":7,"method":["ping"]}"#,
            #"{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}"#,
            #"{"jsonrpc":"2.0","id":7,"method":"ping","params":null}"#,
            #"{"jsonrpc":"2.0","id":7,"method":"notifications/initialized"}"#,
        ])
    func wrongMembers(body: String) throws {
        try Refusal("", body, Self.session, .invalidRequest, -32600, 400, id: .number("7")).check()
    }

    @Test(
        "a request method without an id is refused, it is not run as a notification",
        arguments: [
            "tools/call", "tools/list", "ping", "initialize",
        ])
    func requestWithoutID(method: String) throws {
        let body = #"{"jsonrpc":"2.0","method":"\#(method)","params":{"protocolVersion":"2025-11-25","name":"a"}}"#
        try Refusal("", body, Self.session, .invalidRequest, -32600, 400).check()
    }

    @Test(
        "a member name that only looks like one of ours is refused, never matched",
        arguments: [
            "Method", "METHOD", "m\u{FF45}thod", "Id", "ID", "\u{FF49}d", "\u{0131}d", "i\u{200B}d", "JSONRPC",
            "jsonRpc",
            "Params", "param\u{017F}", "\u{FF50}arams", "\u{1D429}arams", "Result", "Error", "metho\u{FF44}",
        ])
    func envelopeLookalikes(key: String) throws {
        let body = Self.call.replacing("{\"jsonrpc\"", with: "{\"\(key)\":\"x\",\"jsonrpc\"")
        try Refusal("", body, Self.session, .lookalikeKey, -32600, 400, id: .number("4")).check()
        let alone = Self.call.replacing("\"method\"", with: "\"Method\"")
        try Refusal("", alone, Self.session, .lookalikeKey, -32600, 400, id: .number("4")).check()
    }

    @Test(
        "a member of params that only looks like one of ours is refused",
        arguments: [
            "Name", "NAME", "n\u{FF41}me", "Arguments", "argument\u{017F}", "_Meta", "_META", "\u{FF3F}meta",
            "_met\u{1D41A}",
        ])
    func parameterLookalikes(key: String) throws {
        let body = Self.call.replacing("{\"name\"", with: "{\"\(key)\":\"other_tool\",\"name\"")
        try Refusal("", body, Self.session, .lookalikeKey, -32600, 400, id: .number("4")).check()
    }

    @Test("a tool definition with a member that only looks like one of ours is not offered")
    func definitionLookalikes() throws {
        let page = try Fixture.json("{\"tools\":[{\"name\":\"a\",\"inputSchema\":{},\"de\u{017F}cription\":\"x\"}]}")
        #expect(ToolPage(page)?.leftOut.count == 1)
    }

    @Test("members nobody knows are let through, and mean nothing")
    func strangers() throws {
        let body = Self.call.replacing("{\"jsonrpc\"", with: "{\"trace\":\"x\",\"idx\":1,\"jsonrpc\"")
        #expect(try Fixture.parse(body, Self.session).id == .number("4"))
    }

    @Test("ids are echoed as they came", arguments: ["7", "-3", "\"a-7\"", "\"\"", "\"7\"", "9223372036854775807"])
    func ids(id: String) throws {
        let request = try Fixture.parse(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#, Self.session)
        let answer = Reply.empty(to: request, id: try #require(request.id))
        #expect(String(decoding: answer, as: UTF8.self) == #"{"jsonrpc":"2.0","id":\#(id),"result":{}}"#)
    }

    @Test("a number and a string are different ids, and so are two spellings of one letter")
    func idEquality() {
        #expect(RequestID.string("7") != RequestID.number("7"))
        #expect(RequestID.string("\u{E9}") != RequestID.string("e\u{301}"))
        #expect(RequestID.string("a") == RequestID.string("a"))
    }
}
