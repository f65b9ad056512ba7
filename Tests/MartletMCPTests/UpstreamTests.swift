import MartletCore
import MartletJSON
import MartletMCP
import Testing

@Suite("Messages to upstreams")
struct UpstreamRequestTests {
    private let client = Implementation(name: "martlet", version: "1.0")
    private var modern: UpstreamDialect { UpstreamDialect(version: .v2026_07_28, client: client) }
    private var legacy: UpstreamDialect { UpstreamDialect(version: .v2025_11_25, client: client, sessionID: "s1") }
    private static let media = ["Content-Type: application/json", "Accept: application/json, text/event-stream"]

    private func text(_ message: OutboundMessage) -> String { String(decoding: message.body, as: UTF8.self) }
    private func lines(_ message: OutboundMessage) -> [String] { message.headers.map { "\($0.name): \($0.value)" } }

    private static let envelope =
        #""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":"#
        + #"{"name":"martlet","version":"1.0"},"io.modelcontextprotocol/clientCapabilities":{}"#

    @Test("a modern call carries the envelope and says in headers what it says in the body")
    func modernCall() throws {
        let name = try #require(ToolName("issue_payment"))
        let arguments = try Fixture.json(#"{ "amount" : 900.10, "note":"\u00e9" }"#)
        let message = UpstreamRequest.callTool(id: 9, name: name, arguments: arguments, modern)
        #expect(
            text(message)
                == #"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"issue_payment","#
                + #""arguments":{"amount":900.10,"note":"é"},"_meta":{\#(Self.envelope)}}}"#)
        #expect(
            lines(message)
                == Self.media + [
                    "MCP-Protocol-Version: 2026-07-28", "Mcp-Method: tools/call", "Mcp-Name: issue_payment",
                ])
    }

    @Test("a legacy call carries the session and no modern header")
    func legacyCall() throws {
        let message = UpstreamRequest.callTool(id: 9, name: try #require(ToolName("a")), arguments: nil, legacy)
        #expect(text(message) == #"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"a"}}"#)
        #expect(lines(message) == Self.media + ["MCP-Protocol-Version: 2025-11-25", "Mcp-Session-Id: s1"])
    }

    @Test("a call says which trace it belongs to, wants progress under our token, and mirrors its arguments")
    func extras() throws {
        let parent = TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        let schema = #"{"properties":{"r":{"type":"string","x-mcp-header":"R"}}}"#
        let extras = UpstreamRequest.CallExtras(
            traceparent: parent, progressToken: 3,
            parameterHeaders: ParameterHeaders(inputSchema: try Fixture.json(schema)))
        let arguments = try Fixture.json(#"{"r":"eu"}"#)
        let name = try #require(ToolName("a"))
        let legacy = UpstreamRequest.callTool(id: 9, name: name, arguments: arguments, legacy, extras)
        #expect(
            text(legacy).hasSuffix(
                #""_meta":{"progressToken":3,"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}}"#
            ))
        #expect(!lines(legacy).contains { $0.hasPrefix("Mcp-Param") })
        #expect(
            lines(UpstreamRequest.callTool(id: 9, name: name, arguments: arguments, modern, extras)).last
                == "Mcp-Param-R: eu")
    }

    @Test("the other messages have the form of their era")
    func others() throws {
        let opening = UpstreamRequest.initialize(id: 1, UpstreamDialect(version: .v2025_11_25, client: client))
        #expect(
            text(opening)
                == #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","#
                + #""capabilities":{},"clientInfo":{"name":"martlet","version":"1.0"}}}"#)
        #expect(lines(opening) == Self.media)
        #expect(text(UpstreamRequest.initialized(legacy)) == #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        #expect(text(UpstreamRequest.ping(id: 2, legacy)) == #"{"jsonrpc":"2.0","id":2,"method":"ping"}"#)
        #expect(
            text(UpstreamRequest.listTools(id: 2, cursor: "c", legacy))
                == #"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"c"}}"#)
        #expect(
            text(UpstreamRequest.discover(id: 1, client: client))
                == #"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{\#(Self.envelope)}}}"#)
        #expect(
            text(UpstreamRequest.cancelled(id: 9, reason: "timeout", legacy))
                == #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9,"reason":"timeout"}}"#)
    }

    @Test("what we send a modern server is what we accept as one")
    func ownMedicine() throws {
        let messages = [
            UpstreamRequest.discover(id: 1, client: client), UpstreamRequest.listTools(id: 2, cursor: nil, modern),
            UpstreamRequest.callTool(id: 3, name: try #require(ToolName("a")), arguments: nil, modern),
            UpstreamRequest.cancelled(id: 3, reason: "x", modern),
        ]
        for message in messages {
            #expect(try Fixture.parse(message.body, message.headers).era == .modern)
        }
        for message in [UpstreamRequest.ping(id: 1, legacy), UpstreamRequest.initialized(legacy)] {
            #expect(try Fixture.parse(message.body, message.headers).sessionID == "s1")
        }
    }

    @Test("questions of an upstream are answered: ping politely, all else with no")
    func answers() {
        #expect(text(UpstreamRequest.pong(to: .string("p"), legacy)) == #"{"jsonrpc":"2.0","id":"p","result":{}}"#)
        #expect(
            text(UpstreamRequest.refusal(of: .number("1"), method: "elicitation/create", legacy))
                == #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found: elicitation/create"}}"#
        )
    }
}

@Suite("Answers of upstreams")
struct UpstreamReplyTests {
    private func parse(_ text: String) -> UpstreamReply { UpstreamReply.parse(Array(text.utf8), expecting: 4) }

    @Test("a result is kept whole")
    func result() throws {
        guard case .result(let value) = parse(#"{"jsonrpc":"2.0","id":4,"result":{"x":1.50}}"#) else {
            Issue.record("no result")
            return
        }
        #expect(value.serialized() == Array(#"{"x":1.50}"#.utf8))
    }

    @Test("an error is read, also from a server that could not read our id", arguments: ["4", "null", nil])
    func error(id: String?) {
        let stated = id.map { #""id":\#($0),"# } ?? ""
        guard
            case .error(-32000, "no", let data?) = parse(
                #"{"jsonrpc":"2.0",\#(stated)"error":{"code":-32000,"message":"no","data":[1]}}"#)
        else {
            Issue.record("no error")
            return
        }
        #expect(data.kind == .array)
    }

    @Test("a question keeps its own id, a notification has none")
    func others() {
        guard
            case .request(.number("1"), "elicitation/create", nil) = parse(
                #"{"jsonrpc":"2.0","id":1,"method":"elicitation/create"}"#),
            case .notification("notifications/progress", _?) = parse(
                #"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#)
        else {
            Issue.record("not read")
            return
        }
    }

    @Test(
        "everything else is garbage, with a reason",
        arguments: [
            ("", UpstreamMessage.Garbage.notJSON), ("<html>", .notJSON), (#"{"a":1,"a":2}"#, .notJSON),
            ("[]", .notAnObject),
            (#"{"id":4,"result":{}}"#, .wrongVersion), (#"{"jsonrpc":"2.0","id":4}"#, .badShape),
            (#"{"jsonrpc":"2.0","id":4,"result":{},"error":{"code":1,"message":""}}"#, .badShape),
            (#"{"jsonrpc":"2.0","id":4,"result":[]}"#, .badShape),
            (#"{"jsonrpc":"2.0","id":4,"error":{"code":"x","message":""}}"#, .badShape),
            (#"{"jsonrpc":"2.0","id":4,"error":{"code":1}}"#, .badShape), (#"{"jsonrpc":"2.0","result":{}}"#, .badID),
            (#"{"jsonrpc":"2.0","id":null,"result":{}}"#, .badID), (#"{"jsonrpc":"2.0","id":4.0,"result":{}}"#, .badID),
            (#"{"jsonrpc":"2.0","id":4.5,"error":{"code":1,"message":""}}"#, .badID),
            (#"{"jsonrpc":"2.0","id":null,"method":"x"}"#, .badID),
            (#"{"jsonrpc":"2.0","id":5,"result":{}}"#, .unexpectedID),
            (#"{"jsonrpc":"2.0","id":"4","result":{}}"#, .unexpectedID),
            (#"{"jsonrpc":"2.0","id":4,"result":{},"Result":{}}"#, .lookalikeKey),
            (#"{"jsonrpc":"2.0","id":4,"method":"x","result":{}}"#, .badShape),
            (#"{"jsonrpc":"2.0","method":"x","params":[]}"#, .badShape),
        ])
    func garbage(text: String, reason: UpstreamMessage.Garbage) {
        guard case .garbage(let stated) = parse(text) else {
            Issue.record("read as a message")
            return
        }
        #expect(stated == reason)
    }

    @Test(
        "the era is modern only on positive evidence",
        arguments: [
            (#""result":{"supportedVersions":["2026-07-28"]}"#, EraVerdict.modern),
            (#""result":{"supportedVersions":["2025-11-25","2026-07-28"]}"#, .modern),
            (#""result":{"supportedVersions":["2025-11-25"]}"#, .legacy), (#""result":{}"#, .legacy),
            (#""error":{"code":-32022,"message":"","data":{"supported":["2026-07-28"]}}"#, .modern),
            (#""error":{"code":-32022,"message":"","data":{"supported":["2027-01-01"]}}"#, .incompatible),
            (#""error":{"code":-32022,"message":"","data":{"supported":["2025-11-25"]}}"#, .legacy),
            (#""error":{"code":-32020,"message":""}"#, .modern), (#""error":{"code":-32601,"message":""}"#, .legacy),
            (#""error":{"code":-32600,"message":""}"#, .legacy), (#""nothing":1"#, .legacy),
        ])
    func era(members: String, verdict: EraVerdict) {
        #expect(EraVerdict(parse(#"{"jsonrpc":"2.0","id":4,\#(members)}"#)) == verdict)
    }

    @Test(
        "a session is opened only in a version of ours",
        arguments: [
            ("2025-11-25", ProtocolVersion.v2025_11_25), ("2025-03-26", .v2025_03_26), ("2026-07-28", nil),
            ("2024-11-05", nil),
        ] as [(String, ProtocolVersion?)])
    func opening(text: String, version: ProtocolVersion?) throws {
        #expect(ProtocolVersion(initializeResult: try Fixture.json(#"{"protocolVersion":"\#(text)"}"#)) == version)
    }
}
