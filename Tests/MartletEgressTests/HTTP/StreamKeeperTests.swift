import MartletCore
import MartletEgress
import MartletMCP
import NIOCore
import NIOHTTP1
import Testing

@Suite("a standing stream at an upstream over HTTP", .serialized)
struct StreamKeeperTests {
    private static func listens(_ server: TestServer) -> [ReceivedRequest] {
        server.requests.filter { $0.rpcMethod == "subscriptions/listen" }
    }

    @Test("is opened once for what is wanted, and tells what was promised, on its own stream")
    func told() async throws {
        let script = Wire.listened { request in
            [.openStream, Wire.acknowledged(request, #"{"toolsListChanged":true}"#), .hold]
        }
        try await Fixture.listening(script) { (server, upstream) async throws in
            let listener = try TestListener()
            #expect(await listener.listen(to: Fixture.filter([.tools, .prompts]), at: upstream) == .heard)
            #expect(await listener.listen(to: Fixture.filter([.tools, .prompts]), at: upstream) == .heard)
            let asked = try #require(Self.listens(server).first)
            #expect(Self.listens(server).count == 1)
            #expect(asked.wanted == #"{"toolsListChanged":true,"promptsListChanged":true"#)
            server.tell(Wire.notice(asked.rpcID, "prompts/list_changed"))
            server.tell(Wire.notice("999", "tools/list_changed"))
            server.tell(.event(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#))
            server.tell(Wire.notice(asked.rpcID, "resources/updated", #","uri":"shelf://a""#))
            server.tell(Wire.notice(asked.rpcID, "tools/list_changed"))
            #expect(await listener.hears(.changed(.list(.tools))))
            #expect(listener.news == [.changed(.list(.tools))])
        }
    }

    @Test("that is to tell more is opened before the old one is closed, and with nothing to tell none is open")
    func wider() async throws {
        try await Fixture.listening(Wire.listened()) { (server, upstream) async throws in
            let listener = try TestListener()
            _ = await listener.listen(to: Fixture.tools, at: upstream)
            #expect(await listener.listen(to: Fixture.filter([.tools], "shelf://a"), at: upstream) == .heard)
            #expect(Self.listens(server).count == 2)
            #expect(Self.listens(server)[0].connection != Self.listens(server)[1].connection)
            #expect(await eventually { server.listening == 1 })
            server.tell(Wire.notice(Self.listens(server)[1].rpcID, "resources/updated", #","uri":"shelf://a""#))
            #expect(await listener.hears(.changed(.updated(try #require(ResourceURI("shelf://a"))))))
            #expect(listener.news.count == 1, "nothing was missed")
            #expect(await listener.listen(to: ListenFilter(), at: upstream) == .heard)
            #expect(await eventually { server.listening == 0 })
        }
    }

    @Test("is of its caller alone")
    func ofOneCaller() async throws {
        try await Fixture.listening(Wire.listened()) { (server, upstream) async throws in
            let (ada, bob) = (try TestListener("ada"), try TestListener("bob"))
            _ = await ada.listen(to: Fixture.tools, at: upstream)
            _ = await bob.listen(to: Fixture.tools, at: upstream)
            server.tell(Wire.notice(Self.listens(server)[1].rpcID, "tools/list_changed"))
            #expect(await bob.hears(.changed(.list(.tools))))
            #expect(server.listening == 2 && ada.news == [])
        }
    }

    @Test("that breaks is opened again, and then everything has changed")
    func broken() async throws {
        try await Fixture.listening(Wire.listened()) { (server, upstream) async throws in
            let listener = try TestListener()
            let filter = Fixture.filter([.tools, .resources], "shelf://a")
            _ = await listener.listen(to: filter, at: upstream)
            await server.closeConnections()
            #expect(await listener.hears(.changed(.updated(try #require(ResourceURI("shelf://a"))))))
            #expect(listener.news == filter.everything.map { .changed($0) }, "and nobody was told of a loss")
            #expect(Self.listens(server).count == 2)
        }
    }

    @Test("that cannot be opened again is told to be lost, once, and when it is back everything has changed")
    func lost() async throws {
        let count = Counter()
        let script = Wire.listened { request in
            (2...3).contains(count.next())
                ? [.close] : [.openStream, Wire.acknowledged(request, request.wanted + "}"), .hold]
        }
        try await Fixture.listening(script) { (server, upstream) async throws in
            let listener = try TestListener()
            _ = await listener.listen(to: Fixture.tools, at: upstream)
            await server.closeConnections()
            #expect(await listener.hears(.changed(.list(.tools))))
            #expect(listener.news == [.lost, .changed(.list(.tools))])
            #expect(count.value == 4)
        }
    }

    @Test("that never was open is not told to be lost")
    func neverOpen() async throws {
        let count = Counter()
        let script = Wire.listened { request in
            count.next() < 3 ? [.close] : [.openStream, Wire.acknowledged(request, request.wanted + "}"), .hold]
        }
        try await Fixture.listening(script) { (_, upstream) async throws in
            let listener = try TestListener()
            #expect(await listener.listen(to: Fixture.tools, at: upstream) == .unheard(.brokenOff))
            #expect(await listener.hears(.changed(.list(.tools))))
            #expect(listener.news == [.changed(.list(.tools))])
        }
    }

    @Test("that an upstream does not have is not asked for again")
    func absent() async throws {
        let script = Wire.listened { [.answer(Wire.error($0, -32601), status: "404 Not Found")] }
        try await Fixture.listening(script) { (server, upstream) async throws in
            let listener = try TestListener()
            #expect(await listener.listen(to: Fixture.tools, at: upstream) == .absent)
            #expect(await listener.listen(to: Fixture.filter([.prompts]), at: upstream) == .absent)
            #expect(Self.listens(server).count == 1 && listener.news == [])
        }
    }

    @Test("of an upstream that is not there does not keep its listener waiting")
    func unreachable() async throws {
        try await Fixture.listening(Wire.listened(), { $0.connectTimeout = .seconds(1) }) { (server, upstream) in
            await server.stop()
            let standing = await (try TestListener()).listen(to: Fixture.tools, at: upstream)
            guard case .unheard(.unreachable) = standing else { return #expect(Bool(false), "\(standing)") }
        }
    }
}

@Suite("the standing stream of a session", .serialized)
struct SessionStreamKeeperTests {
    private static let legacy = EraChoice.fixed(.legacy)
    private static let changed = ServerAction.event(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#)

    private static func gets(_ server: TestServer) -> [ReceivedRequest] { server.requests.filter { $0.method == .GET } }
    private static func named(_ server: TestServer, _ method: String) -> [String] {
        server.requests.filter { $0.rpcMethod == method }.compactMap { $0.field("uri") }
    }

    @Test("is that of the caller's lists, and a resource is subscribed to once and given up with the last wish")
    func subscriptions() async throws {
        try await Fixture.listening(Wire.sessionListened(), era: Self.legacy) { (server, upstream) async throws in
            let listener = try TestListener()
            _ = await listener.listen(to: Fixture.filter([.tools], "shelf://a"), at: upstream)
            _ = try await upstream.listTools(for: listener.caller).get()
            #expect(
                await listener.listen(to: Fixture.filter([.tools], "shelf://a", "shelf://b"), at: upstream) == .heard)
            #expect(Self.named(server, "resources/subscribe") == ["shelf://a", "shelf://b"])
            #expect(Self.gets(server).count == 1 && Self.gets(server)[0].headers["mcp-session-id"] == ["s1"])
            #expect(server.requests.allSatisfy { $0.headers["mcp-session-id"].allSatisfy { $0 == "s1" } })
            server.tell(Self.changed)
            #expect(await listener.hears(.changed(.list(.tools))))
            _ = await listener.listen(to: Fixture.filter([.tools], "shelf://b"), at: upstream)
            #expect(Self.named(server, "resources/unsubscribe") == ["shelf://a"])
            _ = await listener.listen(to: ListenFilter(), at: upstream)
            #expect(Self.named(server, "resources/unsubscribe") == ["shelf://a", "shelf://b"])
            #expect(await eventually { server.listening == 0 })
        }
    }

    @Test("is taken up behind its last event, and then nothing was missed")
    func resumed() async throws {
        let message = #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#
        let event = "id: e-1\r\ndata: \(message)\r\n\r\n"
        let first = ServerAction.send("\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n")
        let count = Counter()
        let script = Wire.sessionListened { _ in
            count.next() == 1 ? [.openStream, first, .endStream] : [.openStream, .hold]
        }
        try await Fixture.listening(script, era: Self.legacy) { (server, upstream) async throws in
            let listener = try TestListener()
            _ = await listener.listen(to: Fixture.filter([.tools, .prompts]), at: upstream)
            #expect(await eventually { server.listening == 1 })
            #expect(Self.gets(server).map { $0.headers["last-event-id"] } == [[], ["e-1"]])
            server.tell(Self.changed)
            #expect(await listener.hears(.changed(.list(.tools)), times: 2))
            #expect(listener.news.count == 2)
        }
    }

    @Test("that the upstream has forgotten is opened in a new session, subscribed anew, and everything has changed")
    func forgotten() async throws {
        let count = Counter()
        let script = Wire.sessionListened { _ in
            switch count.next() {
            case 1: [.openStream, .endStream]
            case 2: [.status("404 Not Found")]
            default: [.openStream, .hold]
            }
        }
        try await Fixture.listening(script, era: Self.legacy) { (server, upstream) async throws in
            let listener = try TestListener()
            let filter = Fixture.filter([.tools], "shelf://a")
            _ = await listener.listen(to: filter, at: upstream)
            #expect(await listener.hears(.changed(.updated(try #require(ResourceURI("shelf://a"))))))
            #expect(Self.named(server, "resources/subscribe") == ["shelf://a", "shelf://a"])
            #expect(Self.gets(server).last?.headers["mcp-session-id"] == ["s2"])
        }
    }

    @Test("that an upstream does not have is not asked for again; subscriptions are made all the same")
    func absent() async throws {
        let script = Wire.sessionListened { _ in [.status("405 Method Not Allowed")] }
        try await Fixture.listening(script, era: Self.legacy) { (server, upstream) async throws in
            let listener = try TestListener()
            #expect(await listener.listen(to: Fixture.tools, at: upstream) == .absent)
            #expect(await listener.listen(to: Fixture.filter([.tools], "shelf://a"), at: upstream) == .absent)
            #expect(Self.gets(server).count == 1 && Self.named(server, "resources/subscribe") == ["shelf://a"])
        }
    }

    @Test("answers a ping and refuses every other question")
    func questions() async throws {
        let script = Wire.sessionListened()
        let taking: TestServer.Script = { $0.body.contains("q-") ? [.status("202 Accepted")] : script($0) }
        try await Fixture.listening(taking, era: Self.legacy) { (server, upstream) async throws in
            let listener = try TestListener()
            _ = await listener.listen(to: Fixture.tools, at: upstream)
            for method in ["ping", "roots/list"] {
                server.tell(.event(#"{"jsonrpc":"2.0","id":"q-\#(method)","method":"\#(method)"}"#))
            }
            #expect(await eventually { server.requests.filter { $0.body.contains("q-") }.count == 2 })
            let answers = server.requests.map(\.body).filter { $0.contains("q-") }
            #expect(answers.contains { $0.contains("q-ping") && $0.contains(#""result":{}"#) })
            #expect(answers.contains { $0.contains("q-roots/list") && $0.contains("-32601") })
        }
    }

    @Test("what a call's own stream says of the lists is told to its caller, once the tools are new")
    func saidToACall() async throws {
        let legacy = Wire.legacy { request in
            [.openStream, Self.changed, .event(Wire.result(request, Wire.text("done"))), .endStream]
        }
        let script: TestServer.Script = { $0.method == .GET ? [.openStream, .hold] : legacy($0) }
        try await Fixture.listening(script, era: Self.legacy) { (_, upstream) async throws in
            let (ada, bob) = (try TestListener("ada"), try TestListener("bob"))
            for listener in [ada, bob] { _ = await listener.listen(to: Fixture.tools, at: upstream) }
            _ = try await upstream.listTools(for: ada.caller).get()
            #expect(!upstream.hasNewTools)
            #expect(try await upstream.call("pay", by: ada.caller).text == "done")
            #expect(upstream.hasNewTools && ada.news == [.changed(.list(.tools))] && bob.news == [])
            _ = try await upstream.listTools(for: ada.caller).get()
            #expect(!upstream.hasNewTools)
        }
    }
}
