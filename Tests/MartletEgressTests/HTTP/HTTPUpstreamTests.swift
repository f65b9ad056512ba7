import MartletCore
import MartletEgress
import MartletJSON
import MartletMCP
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@Suite("a modern HTTP upstream")
struct ModernHTTPUpstreamTests {
    @Test("gets the decided arguments and its result comes back")
    func answersACall() async throws {
        try await Fixture.with(Wire.modern(Wire.echo)) { (server, upstream) async throws in
            let result = try await upstream.call("issue_payment", #"{"amount":1000.50}"#)
            #expect(result.answer == #"{"content":[],"structuredContent":{"amount":1000.50}}"#)
            #expect(server.requests.map(\.target) == ["/mcp"])
        }
    }

    @Test("sees our credential, our identity and the headers of MCP, and nothing else")
    func sendsNothingElse() async throws {
        let credential = try EgressCredential(
            header: "Authorization", prefix: "Bearer ", secret: Secret("upstream-key"))
        try await Fixture.with(Wire.modern(Wire.echo), { $0.credential = credential }) {
            (server, upstream) async throws in
            _ = try await upstream.call("issue_payment", "{}", by: Fixture.principal(token: "agent-token"))
            let request = try #require(server.requests.last)
            let expected = [
                "accept": "application/json, text/event-stream", "authorization": "Bearer upstream-key",
                "content-length": "\(request.body.utf8.count)", "content-type": "application/json",
                "host": "127.0.0.1:\(server.port)", "mcp-method": "tools/call", "mcp-name": "issue_payment",
                "mcp-protocol-version": "2026-07-28", "user-agent": "martlet",
            ]
            let names = request.headers.map { $0.name.lowercased() }
            #expect(names.count == Set(names).count)
            #expect(
                Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name.lowercased(), $0.value) }) == expected)
            #expect(
                request.body.contains(
                    #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#
                        + #""io.modelcontextprotocol/clientInfo":{"name":"martlet","version":"0.1.0"},"#
                        + #""io.modelcontextprotocol/clientCapabilities":{}}"#))
            #expect(!request.body.contains("finance") && !request.body.contains("agent-token"))
        }
    }

    @Test("may answer with an event stream: notifications are relayed, then the result; what follows is ignored")
    func readsAnEventStream() async throws {
        let script = Wire.modern { request in
            [
                .openStream, .send("2\r\n: \r\n"),
                HTTPNoticeTests.progress(request, 1),
                .event(Wire.result(request, Wire.text("paid"))),
                HTTPNoticeTests.progress(request, 2), .endStream,
            ]
        }
        try await Fixture.with(script) { (server, upstream) async throws in
            for _ in 0..<3 {
                let caller = TestCaller()
                #expect(try await upstream.call("issue_payment", relaying: caller.all()).text == "paid")
                #expect(caller.progress == ["1"])
            }
        }
    }

    @Test(
        "may refuse with a JSON-RPC error under any status", arguments: ["200 OK", "400 Bad Request", "404 Not Found"])
    func relaysAnError(status: String) async throws {
        try await Fixture.with(Wire.modern { [.answer(Wire.error($0, -32602), status: status)] }) {
            (_, upstream) async throws in
            #expect(try await upstream.call("issue_payment").refusal == -32602)
        }
    }

    @Test("lists its tools over all pages, without the names we refuse")
    func listsTools() async throws {
        let script: TestServer.Script = { request in
            let isSecond = request.field("cursor") == "p2"
            let page = isSecond ? Wire.tools(["c"]) : Wire.tools(["a", "b c"], next: "p2")
            return [.answer(Wire.result(request, page))]
        }
        try await Fixture.with(script) { (server, upstream) async throws in
            let tools = try await upstream.listTools(for: Fixture.principal()).get()
            #expect(tools.map(\.name.rawValue) == ["a", "c"])
            #expect(server.requests.allSatisfy { $0.headers["mcp-method"] == ["tools/list"] })
        }
    }

    @Test("gets arguments as headers once its list has asked for them")
    func mirrorsParameters() async throws {
        let tool =
            #"{"tools":[{"name":"pay","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}}]}"#
        let script: TestServer.Script = { request in
            request.rpcMethod == "tools/list" ? [.answer(Wire.result(request, tool))] : Wire.echo(request)
        }
        try await Fixture.with(script) { (server, upstream) async throws in
            _ = await upstream.listTools(for: try Fixture.principal())
            _ = try await upstream.call("pay", #"{"region":"eu-west"}"#)
            #expect(server.requests.last?.headers["mcp-param-region"] == ["eu-west"])
        }
    }

    @Test("lists anew each time, and shows each change", arguments: [EraChoice.fixed(.modern), .fixed(.legacy)])
    func listsAgain(era: EraChoice) async throws {
        let asked = Counter()
        let lists = [["a", "b"], ["a", "b"], ["a", "c"], ["a", "c"], [], ["a", "b"]]
        let script: TestServer.Script = { request in
            guard request.rpcMethod == "tools/list" else { return Wire.legacy(Wire.echo)(request) }
            return [.answer(Wire.result(request, Wire.tools(lists[asked.next() - 1])))]
        }
        try await Fixture.with(script, era: era) { (server, upstream) async throws in
            for names in lists {
                let tools = try await upstream.listTools(for: Fixture.principal()).get()
                #expect(tools.map(\.name.rawValue) == names)
            }
            #expect(server.requests.count { $0.rpcMethod == "tools/list" } == lists.count)
        }
    }

    @Test("refuses a list that repeats the last one with the id of another request")
    func repeatsOldID() async throws {
        let first = Mutex<String?>(nil)
        let script: TestServer.Script = { request in
            let answer = first.withLock { first in
                first = first ?? Wire.result(request, Wire.tools(["a"]))
                return first ?? ""
            }
            return [.answer(answer)]
        }
        try await Fixture.with(script) { (_, upstream) async throws in
            #expect(try await upstream.listTools(for: Fixture.principal()).get().count == 1)
            guard case .failure(.garbage("unexpected_id")) = await upstream.listTools(for: try Fixture.principal())
            else { return #expect(Bool(false), "an answer to another request was accepted") }
        }
    }

    @Test("that pages without end is cut off")
    func boundsPages() async throws {
        try await Fixture.with({ [.answer(Wire.result($0, Wire.tools(["a"], next: "more")))] }) {
            (server, upstream) async throws in
            guard case .failure(.tooLarge) = await upstream.listTools(for: try Fixture.principal()) else {
                return #expect(Bool(false), "an endless list was accepted")
            }
            #expect(server.requests.count == 100)
        }
    }
}

@Suite("what an HTTP upstream may do wrong")
struct HTTPFailureTests {
    static let wrongID = #"{"jsonrpc":"2.0","id":999999,"result":{"content":[]}}"#
    static let huge = String(repeating: "x", count: 70_000)
    static let chunked =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        + "11170\r\n\(huge)\r\n0\r\n\r\n"

    @Test(
        "a bad answer is named and never taken for a result",
        arguments: [
            (
                [.status("302 Found", headers: ["location: http://127.0.0.1:1/"])],
                .garbage("redirect refused (status 302)")
            ),
            (
                [.status("307 Temporary Redirect", headers: ["location: /elsewhere"])],
                .garbage("redirect refused (status 307)")
            ),
            ([.status("401 Unauthorized")], .unauthorized(status: 401)),
            ([.status("403 Forbidden")], .unauthorized(status: 403)),
            ([.status("202 Accepted")], .garbage("status 202")),
            ([.status("503 Service Unavailable")], .garbage("status 503")),
            ([.answer("<html>", status: "500 Error", type: "text/html")], .garbage("status 500")),
            ([.answer("<html>", type: "text/html")], .garbage("no JSON and no event stream")),
            ([.answer("{", type: "application/json")], .garbage("not_json")),
            ([.answer(#"{"jsonrpc":"2.0","id":1,"id":1,"result":{}}"#)], .garbage("not_json")),
            ([.answer(wrongID)], .garbage("unexpected_id")),
            ([.openStream, .event(wrongID)], .garbage("unexpected_id")),
            ([.openStream, .event("no json")], .garbage("not_json")),
            ([.openStream, .endStream], .brokenOff),
            ([.openStream, .close], .brokenOff),
            ([.answer(huge)], .tooLarge),
            ([.send(chunked)], .tooLarge), ([.openStream, .event(huge)], .tooLarge),
            ([.send("HTTP/1.1 200 OK\r\nx: \(huge)\r\n\r\n")], .tooLarge),
            (
                [.send("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n")],
                .garbage("encoded body")
            ),
            ([.send("SSH-2.0-OpenSSH_9.2\r\n")], .garbage("not HTTP/1.1")),
            ([.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n")], .garbage("not HTTP/1.1")),
            (
                [.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"), .close],
                .brokenOff
            ),
            ([.close], .brokenOff),
        ] as [([ServerAction], UpstreamFailure)])
    func badAnswer(actions: [ServerAction], failure: UpstreamFailure) async throws {
        try await Fixture.with({ _ in actions }) { (server, upstream) async throws in
            #expect(try await upstream.call("issue_payment").failure == failure)
            #expect(server.requests.count == 1)
        }
    }

    @Test("a result under another status than 200 is garbage")
    func resultWithBadStatus() async throws {
        try await Fixture.with(Wire.modern { [.answer(Wire.result($0, "{}"), status: "500 Error")] }) {
            (_, upstream) async throws in
            #expect(try await upstream.call("issue_payment").failure == .garbage("a result with status 500"))
        }
    }

    @Test("a closed port is unreachable, and nothing was sent")
    func refused() async throws {
        let upstream = try Fixture.upstream("http://127.0.0.1:1/mcp")
        let failure = try await upstream.call("issue_payment").failure
        #expect(failure == .unreachable("connection failed"))
        #expect(failure?.mayHaveRun == false)
        await upstream.close()
    }

    @Test(
        "silence ends at the deadline, wherever it begins",
        arguments: [
            [.hold], [.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"), .hold],
            [.openStream, .hold],
        ] as [[ServerAction]])
    func slow(actions: [ServerAction]) async throws {
        try await Fixture.with({ _ in actions }, { $0.timeout = .seconds(3) }) { (server, upstream) async throws in
            #expect(try await upstream.call("issue_payment").failure == .timedOut)
            #expect(server.requests.count == 1)
        }
    }

    @Test("a server that does not accept in time is unreachable: nothing was sent")
    func stalledHandshake() async throws {
        let server = try await TestServer.start { _ in [.hold] }
        let upstream = try Fixture.upstream("https://127.0.0.1:\(server.port)/mcp") { $0.timeout = .milliseconds(80) }
        let failure = try await upstream.call("issue_payment").failure
        #expect(failure?.mayHaveRun == false)
        #expect(server.requests.isEmpty)
        await upstream.close()
        await server.stop()
    }

    @Test("an upstream that is closed answers calls with closed, and those under way are broken off")
    func closed() async throws {
        try await Fixture.with({ _ in [.hold] }) { (server, upstream) async throws in
            async let pending = upstream.call("issue_payment")
            #expect(await eventually { server.holding == 1 })
            await upstream.close()
            let broken = try await pending
            #expect(broken.failure == .brokenOff)
            #expect(try await upstream.call("issue_payment").failure == .closed)
            #expect(server.requests.count == 1)
        }
    }
}
