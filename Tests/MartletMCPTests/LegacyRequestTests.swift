import MartletCore
import MartletJSON
import MartletMCP
import Testing

@Suite("A request of the session era")
struct LegacyRequestTests {
    @Test(
        "the opening settles the version: ours if we speak it, else our newest",
        arguments: [
            ("2025-11-25", ProtocolVersion.v2025_11_25), ("2025-06-18", .v2025_06_18), ("2025-03-26", .v2025_03_26),
            ("2024-11-05", .v2025_11_25), ("2026-07-28", .v2025_11_25), ("", .v2025_11_25), ("x", .v2025_11_25),
        ])
    func negotiation(proposed: String, version: ProtocolVersion) throws {
        let request = try Fixture.parse(Fixture.legacyOpening.replacing("2025-11-25", with: proposed), Fixture.common)
        #expect(request.method == .initialize)
        #expect(request.version == version)
        #expect(request.sessionID == nil)
        #expect(request.clientName == "mcp")
        #expect(request.clientVersion == "0.1.0")
        #expect(request.clientCapabilities?.kind == .object)
    }

    @Test(
        "every request after it carries its session and its version",
        arguments: [
            ("2025-11-25", ProtocolVersion.v2025_11_25), ("2025-06-18", .v2025_06_18), ("2025-03-26", .v2025_03_26),
            (nil, .v2025_03_26),
        ] as [(String?, ProtocolVersion)])
    func session(header: String?, version: ProtocolVersion) throws {
        let fields = Fixture.common + [("Mcp-Session-Id", "s1")] + (header.map { [("MCP-Protocol-Version", $0)] } ?? [])
        let request = try Fixture.parse(Fixture.legacyCall, fields)
        #expect(request.era == .legacy)
        #expect(request.version == version)
        #expect(request.sessionID == "s1")
        #expect(try request.call().subject == ToolName("issue_payment").map { .tool($0) })
    }

    @Test(
        "the methods of the era are read",
        arguments: [
            (#""id":1,"method":"ping""#, Method.ping), (#""id":1,"method":"tools/list""#, .listTools),
            (#""method":"notifications/initialized""#, .initialized),
            (#""method":"notifications/cancelled","params":{"requestId":3,"reason":"user"}"#, .cancelled),
        ])
    func methods(members: String, method: Method) throws {
        #expect(try Fixture.parse(#"{"jsonrpc":"2.0",\#(members)}"#, Fixture.sessionFields).method == method)
    }

    @Test("what is wrong is said so that clients do not take it for the end of the session", arguments: refusals)
    func refused(_ refusal: Refusal) throws { try refusal.check() }

    @Test("an unknown session is answered with 404, whoever's it is")
    func unknownSession() {
        let error = ProtocolError.unknownSession(id: .number("1"))
        #expect(error.httpStatus == 404)
        #expect(error.code == -32600)
    }

    private static let seven = RequestID.number("7")
    private static let four = RequestID.number("4")
    private static let noSession = Fixture.common + [("mcp-protocol-version", "2025-11-25")]

    private static func request(_ method: String, _ params: String = "{}") -> String {
        #"{"jsonrpc":"2.0","id":7,"method":"\#(method)","params":\#(params)}"#
    }

    private static let refusals: [Refusal] = [
        Refusal("a call without a session", Fixture.legacyCall, noSession, .missingSession, -32600, 400, id: four),
        Refusal(
            "a call with an empty session", Fixture.legacyCall, noSession + [("mcp-session-id", " ")], .missingSession,
            -32600, 400, id: four),
        Refusal("ping without a session", request("ping"), noSession, .missingSession, -32600, 400, id: seven),
        Refusal(
            "an unknown method without a session", request("x"), Fixture.common, .missingSession, -32600, 400, id: seven
        ),
        Refusal(
            "a notification without a session", #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, noSession,
            .missingSession, -32600, 400),
        Refusal(
            "two session headers", Fixture.legacyCall, Fixture.sessionFields + [("Mcp-Session-Id", "ad2a7a66")],
            .duplicateHeader, -32020, 400, id: four),
        Refusal(
            "opening without a version", request("initialize"), Fixture.common, .invalidParams, -32602, 200, id: seven),
        Refusal(
            "opening with a version that is no string", request("initialize", #"{"protocolVersion":1}"#),
            Fixture.common, .invalidParams, -32602, 200, id: seven),
        Refusal(
            "an unknown method", request("resources/copy"), Fixture.sessionFields, .methodNotFound, -32601, 200,
            id: seven),
        Refusal(
            "a method of the modern era", request("server/discover"), Fixture.sessionFields, .methodNotFound, -32601,
            200, id: seven),
        Refusal(
            "a method in another case", request("Ping"), Fixture.sessionFields, .methodNotFound, -32601, 200, id: seven),
        Refusal(
            "an unknown notification", #"{"jsonrpc":"2.0","method":"notifications/x"}"#, Fixture.sessionFields,
            .methodNotFound, -32601, 400),
        Refusal(
            "_meta is no object", request("ping", #"{"_meta":1}"#), Fixture.sessionFields, .invalidParams, -32602, 200,
            id: seven),
        Refusal(
            "a cursor we never gave", request("tools/list", #"{"cursor":"x"}"#), Fixture.sessionFields, .invalidParams,
            -32602, 200, id: seven),
        Refusal(
            "a call without params", #"{"jsonrpc":"2.0","id":7,"method":"tools/call"}"#, Fixture.sessionFields,
            .invalidParams, -32602, 200, id: seven),
        Refusal(
            "a call whose name is a number", request("tools/call", #"{"name":1}"#), Fixture.sessionFields,
            .invalidParams, -32602, 200, id: seven),
        Refusal(
            "a call whose arguments are text", request("tools/call", #"{"name":"a","arguments":"{}"}"#),
            Fixture.sessionFields, .invalidParams, -32602, 200, id: seven),
        Refusal(
            "a name nobody can have", request("tools/call", #"{"name":"a/b"}"#), Fixture.sessionFields, .unknownTool,
            -32602, 200, id: seven),
        Refusal(
            "request state we never gave", request("tools/call", #"{"name":"a","requestState":"x"}"#),
            Fixture.sessionFields, .invalidRequestState, -32602, 200, id: seven),
        Refusal(
            "a method header that lies", Fixture.legacyCall, Fixture.sessionFields + [("Mcp-Method", "ping")],
            .headerMismatch, -32020, 400, id: four),
        Refusal(
            "a name header that lies", Fixture.legacyCall, Fixture.sessionFields + [("Mcp-Name", "get_weather")],
            .headerMismatch, -32020, 400, id: four),
        Refusal(
            "a name header for a method without a name", request("ping"), Fixture.sessionFields + [("Mcp-Name", "x")],
            .headerMismatch, -32020, 400, id: seven),
    ]
}
