import MartletCore
import MartletJSON
import MartletMCP
import Testing

@Suite("A request of 2026-07-28")
struct ModernRequestTests {
    @Test("a call is read with its tool, arguments and digests")
    func call() throws {
        let request = try Fixture.parse(Fixture.modernCall, Fixture.callFields)
        #expect(request.era == .modern)
        #expect(request.version == .v2026_07_28)
        #expect(request.id == .number("4"))
        #expect(request.method == .callTool)
        #expect(request.clientName == "mcp")
        #expect(request.clientVersion == "0.1.0")
        #expect(request.clientCapabilities?.kind == .object)
        #expect(request.bodyDigest == Digest(of: Array(Fixture.modernCall.utf8)))
        let call = try request.call()
        #expect(call.subject == ToolName("issue_payment").map { .tool($0) })
        #expect(call.arguments?.serialized() == Array(#"{"amount":900}"#.utf8))
        #expect(call.digest == Digest(of: Array(#"{"amount":900}"#.utf8)))
    }

    @Test(
        "discovery and the list are read",
        arguments: [("server/discover", Method.discover), ("tools/list", .listTools)])
    func others(name: String, method: Method) throws {
        #expect(try Fixture.parse(Fixture.modernBody(name), Fixture.modern(name)).method == method)
    }

    @Test("the digest of arguments does not depend on order or spelling, and absent arguments count as empty")
    func digests() throws {
        func digest(_ arguments: String) throws -> Digest {
            let body = Fixture.modernCall.replacing(#""arguments":{"amount":900},"#, with: arguments)
            return try Fixture.parse(body, Fixture.callFields).call().digest
        }
        #expect(try digest(#""arguments":{"b":"\u0041", "a":1.0},"#) == digest(#""arguments":{"a":1,"b":"A"},"#))
        #expect(try digest(#""arguments":{"a":1},"#) != digest(#""arguments":{"a":2},"#))
        #expect(try digest("") == digest(#""arguments":{},"#))
    }

    @Test("a session id says nothing in this era")
    func noSession() throws {
        let request = try Fixture.parse(Fixture.modernCall, Fixture.callFields + [("Mcp-Session-Id", "x")])
        #expect(request.sessionID == nil)
    }

    @Test(
        "a cancellation needs no _meta and names the request",
        arguments: [
            Fixture.modern("notifications/cancelled"),
            Fixture.common + [("mcp-protocol-version", "2026-07-28")],
        ])
    func cancelled(fields: Fields) throws {
        let body = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"r-4"}}"#
        let request = try Fixture.parse(body, fields)
        #expect(request.method == .cancelled)
        #expect(request.id == nil)
        #expect(request.cancelledID == .string("r-4"))
    }

    @Test(
        "a header in base64 form stands for its text",
        arguments: ["issue_payment", "=?base64?aXNzdWVfcGF5bWVudA==?=", "\t issue_payment "])
    func nameForms(name: String) throws {
        #expect(try Fixture.parse(Fixture.modernCall, Fixture.modern("tools/call", name: name)).method == .callTool)
    }

    @Test("what is wrong is said with the code and status of the specification", arguments: refusals)
    func refused(_ refusal: Refusal) throws { try refusal.check() }

    @Test("an unsupported version names what is supported and what was asked for")
    func unsupportedVersionData() throws {
        let body = Fixture.modernCall.replacing("2026-07-28", with: "2027-01-01")
        let fields = Fixture.modern("tools/call", name: "issue_payment", version: "2027-01-01")
        let error = try #require(throws: ProtocolError.self) { try Fixture.parse(body, fields) }
        #expect(
            String(decoding: error.body(), as: UTF8.self)
                == #"{"jsonrpc":"2.0","id":4,"error":{"code":-32022,"message":"Unsupported protocol version","#
                + #""data":{"supported":["2026-07-28"],"requested":"2027-01-01"}}}"#)
    }

    @Test("a bad request state is named in the data")
    func requestStateData() throws {
        let body = Fixture.modernCall.replacing(#""name":"#, with: #""requestState":7,"name":"#)
        let request = try Fixture.parse(body, Fixture.callFields)
        let error = try #require(throws: ProtocolError.self) { try request.call() }
        let data = try Fixture.json(error.body()).member("error")?.member("data")
        #expect(data?.member("reason")?.string == "invalid_request_state")
    }

    @Test("answers without a state are part of the call")
    func unprompted() throws {
        let body = Fixture.modernCall.replacing(#""name":"#, with: #""inputResponses":{"q":{}},"name":"#)
        let retry = try #require(try Fixture.parse(body, Fixture.callFields).call().retry)
        #expect(retry.state == nil && retry.responses?.count == 1)
    }

    private static func changed(_ old: String, _ new: String) -> String { Fixture.modernCall.replacing(old, with: new) }

    private static func without(_ header: String) -> Fields { Fixture.callFields.filter { $0.name != header } }

    private static func with(_ header: String, _ value: String) -> Fields { without(header) + [(header, value)] }

    private static let four = RequestID.number("4")
    private static let one = RequestID.number("1")

    private static let refusals: [Refusal] = metaRefusals + headerRefusals + methodRefusals + callRefusals

    private static let metaRefusals: [Refusal] = [
        Refusal(
            "no _meta", changed(",\(Fixture.meta)", ""), Fixture.callFields, .missingEnvelope, -32602, 400, id: four),
        Refusal(
            "_meta is no object", changed(Fixture.meta, #""_meta":[]"#), Fixture.callFields, .missingEnvelope, -32602,
            400, id: four),
        Refusal(
            "no version in _meta", changed("/protocolVersion\"", "/protocolversion\""), Fixture.callFields,
            .missingEnvelope, -32602, 400, id: four),
        Refusal(
            "no capabilities in _meta", changed("/clientCapabilities\"", "/capabilities\""), Fixture.callFields,
            .missingEnvelope, -32602, 400, id: four),
        Refusal(
            "capabilities are no object", changed(#"Capabilities":{}"#, #"Capabilities":null"#), Fixture.callFields,
            .missingEnvelope, -32602, 400, id: four),
        Refusal(
            "no params", #"{"jsonrpc":"2.0","id":4,"method":"tools/list"}"#, Fixture.modern("tools/list"),
            .missingEnvelope, -32602, 400, id: four),
        Refusal(
            "unknown version in the header alone", Fixture.legacyCall,
            Fixture.modern("tools/call", name: "issue_payment", version: "2027-01-01"), .missingEnvelope, -32602, 400,
            id: four),
        Refusal(
            "unknown version", changed("2026-07-28", "2027-01-01"),
            Fixture.modern("tools/call", name: "issue_payment", version: "2027-01-01"), .unsupportedVersion, -32022,
            400, id: four),
        Refusal(
            "legacy version in _meta and header", changed("2026-07-28", "2025-11-25"),
            Fixture.modern("tools/call", name: "issue_payment", version: "2025-11-25"), .unsupportedVersion, -32022,
            400, id: four),
        Refusal(
            "mismatch comes before an unknown version", changed("2026-07-28", "2027-01-01"), Fixture.callFields,
            .headerMismatch, -32020, 400, id: four),
        Refusal(
            "version is a number", changed(#""2026-07-28""#, "20260728"), Fixture.callFields, .headerMismatch, -32020,
            400, id: four),
        Refusal(
            "unknown version on a notification", #"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
            Fixture.modern("notifications/cancelled", version: "2027-01-01"), .unsupportedVersion, -32022, 400),
        Refusal(
            "_meta of a notification is no object",
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"_meta":1}}"#,
            Fixture.modern("notifications/cancelled"), .invalidParams, -32602, 400),
    ]

    private static let headerRefusals: [Refusal] = [
        Refusal(
            "no version header", Fixture.modernCall, without("mcp-protocol-version"), .headerMismatch, -32020, 400,
            id: four),
        Refusal(
            "an older version header does not lower the rules", Fixture.modernCall,
            with("mcp-protocol-version", "2025-11-25") + [("mcp-session-id", "x")], .headerMismatch, -32020, 400,
            id: four),
        Refusal("no method header", Fixture.modernCall, without("mcp-method"), .headerMismatch, -32020, 400, id: four),
        Refusal(
            "another method header", Fixture.modernCall, with("mcp-method", "tools/list"), .headerMismatch, -32020, 400,
            id: four),
        Refusal(
            "method header in another case", Fixture.modernCall, with("mcp-method", "Tools/Call"), .headerMismatch,
            -32020, 400, id: four),
        Refusal("no name header", Fixture.modernCall, without("mcp-name"), .headerMismatch, -32020, 400, id: four),
        Refusal(
            "another name header", Fixture.modernCall, with("mcp-name", "get_weather"), .headerMismatch, -32020, 400,
            id: four),
        Refusal(
            "name header in another case", Fixture.modernCall, with("mcp-name", "Issue_payment"), .headerMismatch,
            -32020, 400, id: four),
        Refusal(
            "base64 of another name", Fixture.modernCall, with("mcp-name", "=?base64?Z2V0X3dlYXRoZXI=?="),
            .headerMismatch, -32020, 400, id: four),
        Refusal(
            "base64 without padding", Fixture.modernCall, with("mcp-name", "=?base64?aXNzdWVfcGF5bWVudA?="),
            .headerMismatch, -32020, 400, id: four),
        Refusal(
            "base64 with bits left over", Fixture.modernCall, with("mcp-name", "=?base64?aXNzdWVfcGF5bWVudB==?="),
            .headerMismatch, -32020, 400, id: four),
        Refusal(
            "base64 with a space in it", Fixture.modernCall, with("mcp-name", "=?base64?aXNzdWVfcGF5 bWVudA==?="),
            .headerMismatch, -32020, 400, id: four),
        Refusal(
            "two method headers", Fixture.modernCall, Fixture.callFields + [("Mcp-Method", "tools/call")],
            .duplicateHeader, -32020, 400, id: four),
        Refusal(
            "two name headers", Fixture.modernCall, Fixture.callFields + [("MCP-NAME", "issue_payment")],
            .duplicateHeader, -32020, 400, id: four),
        Refusal(
            "two version headers", Fixture.modernCall, Fixture.callFields + [("Mcp-Protocol-Version", "2026-07-28")],
            .duplicateHeader, -32020, 400, id: four),
        Refusal(
            "two parameter headers", Fixture.modernCall,
            Fixture.callFields + [("Mcp-Param-A", "1"), ("mcp-param-a", "1")], .duplicateHeader, -32020, 400, id: four),
        Refusal(
            "two session headers", Fixture.modernCall,
            Fixture.callFields + [("Mcp-Session-Id", "a"), ("mcp-session-id", "a")], .duplicateHeader, -32020, 400,
            id: four),
        Refusal(
            "a name where the method has none", Fixture.modernBody("tools/list"),
            Fixture.modern("tools/list", name: "x"), .headerMismatch, -32020, 400, id: one),
        Refusal(
            "a name header for a call without a name", Fixture.modernBody("tools/call"),
            Fixture.modern("tools/call", name: "x"), .headerMismatch, -32020, 400, id: one),
        Refusal(
            "another method header on a notification", #"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
            Fixture.modern("tools/call"), .headerMismatch, -32020, 400),
    ]

    private static let methodRefusals: [Refusal] =
        [
            "initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "tools/Call",
            "", "TOOLS/LIST", "tasks/get", "tasks/update", "tasks/cancel", "tasks/list",
            "elicitation/create", "resources/List",
        ].map { method in
            Refusal(
                "method \(method)", Fixture.modernBody(method), Fixture.modern(method), .methodNotFound, -32601, 404,
                id: one)
        }
        + ["notifications/initialized", "notifications/roots/list_changed"].map { method in
            Refusal(
                "notification \(method)", #"{"jsonrpc":"2.0","method":"\#(method)"}"#, Fixture.modern(method),
                .methodNotFound, -32601, 404)
        }

    private static let callRefusals: [Refusal] = [
        Refusal(
            "a call without a name", Fixture.modernBody("tools/call"), Fixture.modern("tools/call"), .invalidParams,
            -32602, 400, id: one),
        Refusal(
            "arguments are a list", changed(#"{"amount":900}"#, "[900]"), Fixture.callFields, .invalidParams, -32602,
            400, id: four),
        Refusal(
            "arguments are null", changed(#"{"amount":900}"#, "null"), Fixture.callFields, .invalidParams, -32602, 400,
            id: four),
        Refusal(
            "a number no double can hold", changed("900}", "9007199254740993}"), Fixture.callFields, .invalidParams,
            -32602, 400, id: four),
        Refusal(
            "request state that is no text", changed(#""name":"#, #""requestState":1,"name":"#), Fixture.callFields,
            .invalidRequestState, -32602, 400, id: four),
        Refusal(
            "answers that are no object", changed(#""name":"#, #""inputResponses":null,"name":"#), Fixture.callFields,
            .invalidParams, -32602, 400, id: four),
        Refusal(
            "an answer that is no object", changed(#""name":"#, #""inputResponses":{"q":1},"name":"#),
            Fixture.callFields, .invalidParams, -32602, 400, id: four),
        Refusal(
            "a name outside our alphabet", changed("issue_payment", "issue payment"),
            Fixture.modern("tools/call", name: "issue payment"), .unknownTool, -32602, 400, id: four),
        Refusal(
            "a cursor we never gave", Fixture.modernBody("tools/list", #""cursor":"x","#), Fixture.modern("tools/list"),
            .invalidParams, -32602, 400, id: one),
    ]
}
