import MartletEgress
import MartletJSON
import MartletMCP
import NIOCore
import NIOHTTP1
import Testing

@Suite("a legacy HTTP upstream")
struct LegacyHTTPUpstreamTests {
    static let legacy = EraChoice.fixed(.legacy)

    @Test("is initialized once per caller, called in the session, and its session ended at close")
    func opensASession() async throws {
        let server = try await TestServer.start(Wire.legacy(Wire.echo))
        let upstream = try Fixture.upstream(server.url, era: Self.legacy)
        for _ in 0..<2 {
            #expect(try await upstream.call("pay", #"{"n":1}"#).answer?.contains(#"{"n":1}"#) == true)
        }
        await upstream.close()
        #expect(try await upstream.call("pay", "{}").failure == .closed)
        #expect(server.methods == ["initialize", "notifications/initialized", "tools/call", "tools/call", "DELETE"])
        let versions = server.requests.map { $0.headers["mcp-protocol-version"] }
        #expect(versions == [[]] + Array(repeating: ["2025-11-25"], count: 4))
        #expect(server.requests.map { $0.headers["mcp-session-id"] } == [[]] + Array(repeating: ["s1"], count: 4))
        #expect(server.requests.allSatisfy { $0.headers["mcp-method"].isEmpty && $0.headers["mcp-name"].isEmpty })
        await server.stop()
    }

    @Test("never sees two callers in one session, but one caller with two tokens")
    func separatesCallers() async throws {
        let callers = [
            try Fixture.principal("a"), try Fixture.principal("b"), try Fixture.principal("a", user: "olivia"),
            try Fixture.principal("a", role: "reader"), try Fixture.principal("a", token: "renewed"),
        ]
        try await Fixture.with(Wire.legacy(Wire.echo), era: Self.legacy) { (server, upstream) async throws in
            for caller in callers { _ = try await upstream.call("pay", "{}", by: caller) }
            let sessions = server.requests.filter { $0.rpcMethod == "tools/call" }.map { $0.headers["mcp-session-id"] }
            #expect(sessions == [["s1"], ["s2"], ["s3"], ["s4"], ["s1"]])
        }
    }

    @Test("is initialized once although many calls of one caller come at the same time")
    func opensOneSessionAtATime() async throws {
        try await Fixture.with(Wire.legacy(Wire.echo), era: Self.legacy) { (server, upstream) async throws in
            try await withThrowingTaskGroup(of: UpstreamFailure?.self) { group in
                for _ in 0..<20 { group.addTask { try await upstream.call("pay", "{}").failure } }
                for try await failure in group { #expect(failure == nil) }
            }
            #expect(server.methods.filter { $0 == "initialize" }.count == 1)
        }
    }

    @Test("that forgot the session gets a new one, and the call once more")
    func reinitializesOnce() async throws {
        let script = Wire.legacy { request in
            request.headers["mcp-session-id"] == ["s1"] ? [.status("404 Not Found")] : Wire.echo(request)
        }
        try await Fixture.with(script, era: Self.legacy) { (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}").failure == nil)
            let expected = ["initialize", "notifications/initialized", "tools/call"]
            #expect(server.methods == expected + expected)
        }
    }

    @Test("that forgets every session gets the call twice at most")
    func givesUpAfterTheSecond() async throws {
        try await Fixture.with(Wire.legacy { _ in [.status("404 Not Found")] }, era: Self.legacy) {
            (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}").failure == .garbage("status 404"))
            #expect(server.methods.filter { $0 == "tools/call" }.count == 2)
        }
    }

    @Test("that breaks off a call is not called again")
    func neverSendsAgain() async throws {
        try await Fixture.with(Wire.legacy { _ in [.close] }, era: Self.legacy) { (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}").failure == .brokenOff)
            #expect(server.methods.filter { $0 == "tools/call" }.count == 1)
        }
    }

    @Test(
        "that does not get through its initialize is unreachable: the call was not sent",
        arguments: [
            [.status("500 Error")], [.close], [.answer("{")], [.hold],
            [.answer(#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"1999-01-01"}}"#)],
        ] as [[ServerAction]])
    func initializeFails(actions: [ServerAction]) async throws {
        try await Fixture.with({ _ in actions }, era: Self.legacy, { $0.timeout = .milliseconds(100) }) {
            (server, upstream) async throws in
            let failure = try #require(try await upstream.call("pay").failure)
            #expect(!failure.mayHaveRun)
            #expect(!server.methods.contains("tools/call"))
        }
    }

    @Test("is told when a call is given up, because a closed connection tells it nothing")
    func cancels() async throws {
        let script = Wire.legacy { _ in [.hold] }
        try await Fixture.with(script, era: Self.legacy, { $0.timeout = .seconds(3) }) {
            (server, upstream) async throws in
            #expect(try await upstream.call("pay").failure == .timedOut)
            #expect(await eventually { server.methods.last == "notifications/cancelled" })
            let call = try #require(server.requests.first { $0.rpcMethod == "tools/call" })
            #expect(server.requests.last?.body.contains(#""requestId":\#(call.rpcID)"#) == true)
        }
    }

    @Test("that asks us something during a call is refused, a ping answered, and the call goes on")
    func refusesQuestions() async throws {
        let script = Wire.legacy { request in
            [
                .openStream, .event(#"{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}"#),
                .event(#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#), .hold,
                .event(Wire.result(request, Wire.text("done"))), .endStream,
            ]
        }
        try await Fixture.with(script, era: Self.legacy) { (server, upstream) async throws in
            async let result = upstream.call("pay")
            #expect(await eventually { server.requests.count == 5 })
            server.release()
            let answer = try await result
            #expect(answer.text == "done")
            let answers = server.requests.map(\.body).filter { !$0.contains("method\":\"") || $0.contains("-32601") }
            #expect(answers.contains { $0.contains(#""id":1,"error":{"code":-32601"#) })
            #expect(answers.contains { $0.contains(#""id":"p","result":{}"#) })
        }
    }

    @Test("that asks without end is cut off")
    func boundsQuestions() async throws {
        let ask = ServerAction.event(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
        let script = Wire.legacy { _ in [.openStream] + Array(repeating: ask, count: 33) }
        try await Fixture.with(script, era: Self.legacy) { (_, upstream) async throws in
            #expect(try await upstream.call("pay").failure == .garbage("too many questions"))
        }
    }

    @Test("has at most the allowed number of sessions; one caller more is busy while all are in use")
    func boundsSessions() async throws {
        try await Fixture.with(Wire.legacy(Wire.echo), era: Self.legacy, { $0.maximumSessions = 1 }) {
            (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}", by: Fixture.principal("a")).failure == nil)
            #expect(try await upstream.call("pay", "{}", by: Fixture.principal("b")).failure == .busy)
        }
    }

    @Test("has an idle session ended, and a new one opened for the next call")
    func endsIdleSessions() async throws {
        let change: (inout HTTPUpstreamSettings) -> Void = {
            $0.timeout = .seconds(2)
            $0.sessionIdleLimit = .milliseconds(20)
        }
        try await Fixture.with(Wire.legacy(Wire.echo), era: Self.legacy, change) { (server, upstream) async throws in
            _ = try await upstream.call("pay", "{}")
            #expect(await eventually { server.methods.last == "DELETE" })
            #expect(try await upstream.call("pay", "{}").failure == nil)
            #expect(server.requests.last?.headers["mcp-session-id"] == ["s2"])
        }
    }
}

@Suite("the era of an HTTP upstream")
struct HTTPEraTests {
    @Test("is asked once, the modern one first, and kept")
    func modern() async throws {
        try await Fixture.with(Wire.modern(Wire.echo), era: .auto) { (server, upstream) async throws in
            for _ in 0..<3 { #expect(try await upstream.call("pay", "{}").failure == nil) }
            #expect(server.methods == ["server/discover", "tools/call", "tools/call", "tools/call"])
        }
    }

    @Test("is legacy when only initialize is understood, whatever the answer to server/discover was")
    func legacy() async throws {
        try await Fixture.with(Wire.legacy(Wire.echo), era: .auto) { (server, upstream) async throws in
            for _ in 0..<2 { #expect(try await upstream.call("pay", "{}").failure == nil) }
            #expect(server.methods.filter { $0 == "server/discover" }.count == 1)
            #expect(server.requests.last?.headers["mcp-protocol-version"] == ["2025-11-25"])
        }
    }

    @Test("stays open when neither is understood; the next call asks again")
    func unknown() async throws {
        let isUp = Counter()
        let script: TestServer.Script = { request in
            isUp.value == 0 ? [.status("502 Bad Gateway")] : Wire.modern(Wire.echo)(request)
        }
        try await Fixture.with(script, era: .auto) { (server, upstream) async throws in
            #expect(try await upstream.call("pay").failure == .unreachable("era could not be found out: status 502"))
            isUp.next()
            #expect(try await upstream.call("pay", "{}").failure == nil)
        }
    }

    @Test("does not fall back once it is known: an upstream that turns legacy is refused")
    func neverDowngrades() async throws {
        let calls = Counter()
        let script: TestServer.Script = { request in
            calls.value == 0 ? Wire.modern(Wire.echo)(request) : [.status("404 Not Found")]
        }
        try await Fixture.with(script, era: .auto) { (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}").failure == nil)
            calls.next()
            #expect(try await upstream.call("pay", "{}").failure == .garbage("status 404"))
            // It is asked what it speaks now; that says nothing, so nothing changes.
            #expect(server.methods.filter { $0 == "tools/call" }.count == 2)
            #expect(server.methods.suffix(2) == ["server/discover", "initialize"])
        }
    }

    @Test("is not guessed from a refused credential")
    func unauthorized() async throws {
        try await Fixture.with({ _ in [.status("401 Unauthorized")] }, era: .auto) { (server, upstream) async throws in
            #expect(try await upstream.call("pay").failure == .unauthorized(status: 401))
            #expect(server.methods == ["server/discover"])
        }
    }
}
