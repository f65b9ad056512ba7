import NIOCore
import NIOPosix
import Testing

@testable import MartletEgress

@Suite("the connections of an HTTP upstream")
struct ConnectionPoolTests {
    /// One loop, so that the numbers are exact.
    static func onOneLoop(
        _ script: @escaping TestServer.Script, _ change: (inout HTTPUpstreamSettings) -> Void = { _ in },
        body: (TestServer, HTTPUpstream) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let executor = LoopExecutor(group.next())
        try await withTaskExecutorPreference(executor) {
            try await Fixture.with(script, group: group, change, body: body)
        }
        try await group.shutdownGracefully()
    }

    @Test("are kept: twenty calls in a row use one")
    func keepsAlive() async throws {
        try await Self.onOneLoop(Wire.echo) { (server, upstream) async throws in
            for _ in 0..<20 { #expect(try await upstream.call("pay", "{}").failure == nil) }
            #expect(server.requests.count == 20)
            #expect(server.connections == 1)
        }
    }

    @Test("are kept after an event stream that has ended")
    func keepsAliveAfterStream() async throws {
        let script: TestServer.Script = { request in
            let parts = [.openStream, .event(Wire.result(request, Wire.text("paid"))), ServerAction.endStream]
            return [.send(parts.map(\.text).joined())]
        }
        try await Self.onOneLoop(script) { (server, upstream) async throws in
            for _ in 0..<3 { #expect(try await upstream.call("pay").text == "paid") }
            #expect(server.connections == 1)
        }
    }

    @Test("with a stream that goes on after its answer are closed; the caller has its answer before")
    func closesEndlessStream() async throws {
        let script: TestServer.Script = { request in
            [.openStream, .event(Wire.result(request, Wire.text("paid"))), .hold]
        }
        try await Self.onOneLoop(script, { $0.timeout = .minutes(1) }) { (server, upstream) async throws in
            #expect(try await upstream.call("pay").text == "paid")
            #expect(await eventually { server.open == 0 })
        }
    }

    @Test("are not kept when the server says so")
    func closesWhenTold() async throws {
        let script: TestServer.Script = { request in
            [.answer(Wire.result(request, "{}"), headers: ["connection: close"]), .close]
        }
        try await Self.onOneLoop(script) { (server, upstream) async throws in
            for _ in 0..<3 { #expect(try await upstream.call("pay").failure == nil) }
            #expect(server.connections == 3)
        }
    }

    @Test("that the server closed between two calls are replaced, and each call arrives once")
    func replacesClosed() async throws {
        try await Self.onOneLoop(Wire.echo) { (server, upstream) async throws in
            for _ in 0..<5 {
                #expect(try await upstream.call("pay", "{}").failure == nil)
                await server.closeIdleConnections()
            }
            #expect(server.requests.count == 5)
            #expect(server.connections == 5)
        }
    }

    @Test("that die under a call break it off; it is not sent again, although the connection was a kept one")
    func neverSendsAgain() async throws {
        let calls = Counter()
        let script: TestServer.Script = { calls.next() == 1 ? Wire.echo($0) : [.close] }
        try await Self.onOneLoop(script) { (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}").failure == nil)
            #expect(try await upstream.call("pay", "{}").failure == .brokenOff)
            #expect(server.requests.count == 2)
        }
    }

    @Test("on which the server speaks unasked are closed; the next call gets a new one and its own answer")
    func refusesUnsolicited() async throws {
        let stale = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        let script: TestServer.Script = { Wire.echo($0) + [.hold, .send(stale)] }
        try await Self.onOneLoop(script) { (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}").failure == nil)
            server.release()
            #expect(await eventually { server.open == 0 })
            #expect(try await upstream.call("pay", "{}").failure == nil)
            #expect(server.connections == 2)
        }
    }

    @Test("are at most as many as allowed; a hundred calls at once on one loop each get their own answer")
    func boundsConnections() async throws {
        try await Self.onOneLoop(Wire.echo, { $0.maximumConnectionsPerLoop = 8 }) { (server, upstream) async throws in
            let answers = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
                for number in 0..<100 {
                    group.addTask { (number, try await upstream.call("pay", #"{"n":\#(number)}"#).answer) }
                }
                return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
            }
            #expect(answers.count == 100)
            for (number, answer) in answers { #expect(answer.contains(#"{"n":\#(number)}"#)) }
            #expect(server.requests.count == 100)
            #expect(server.connections <= 8)
        }
    }

    @Test("and the line before them are bounded: one call more is busy, and was not sent")
    func boundsWaiting() async throws {
        let change: (inout HTTPUpstreamSettings) -> Void = {
            $0.maximumConnectionsPerLoop = 1
            $0.maximumWaitingPerLoop = 1
        }
        try await Self.onOneLoop({ [.hold] + Wire.echo($0) }, change) { (server, upstream) async throws in
            async let first = upstream.call("pay", "{}")
            #expect(await eventually { server.holding == 1 })
            let results = try await withThrowingTaskGroup(of: UpstreamFailure?.self) { group in
                for _ in 0..<2 { group.addTask { try await upstream.call("pay", "{}").failure } }
                let quick = try await group.next() ?? nil
                server.release()
                return [quick, try await group.next() ?? nil]
            }
            #expect(results == [.busy, nil])
            let sent = try await first
            #expect(sent.failure == nil)
            #expect(server.requests.count == 2)
        }
    }

    @Test("are not waited for beyond the deadline: a call still in line then is busy, and was not sent")
    func waitingEnds() async throws {
        try await Self.onOneLoop({ [.hold] + Wire.echo($0) }, { $0.maximumConnectionsPerLoop = 1 }) {
            (server, upstream) async throws in
            async let first = upstream.call("pay", "{}")
            #expect(await eventually { server.holding == 1 })
            let late = upstream.composer.get(deadline: .now() + .milliseconds(20))
            #expect(await upstream.pools.perform(late).map(\.status) == .failure(.busy))
            server.release()
            let sent = try await first
            #expect(sent.failure == nil)
            #expect(server.requests.count == 1)
        }
    }

    @Test("belong to the event loop of the caller, which is where the call goes on")
    func staysOnTheLoop() async throws {
        try await Fixture.with(Wire.echo) { (server, upstream) async throws in
            for loop in Fixture.group.makeIterator() {
                try await withTaskExecutorPreference(LoopExecutor(loop)) {
                    #expect(loop.inEventLoop)
                    _ = try await upstream.call("pay", "{}")
                    #expect(loop.inEventLoop)
                }
            }
            let loops = Array(Fixture.group.makeIterator()).count
            #expect(server.connections == loops)
        }
    }
}
