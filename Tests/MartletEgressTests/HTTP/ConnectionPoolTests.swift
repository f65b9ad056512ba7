import MartletEgress
import NIOCore
import NIOPosix
import Testing

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
        try await Self.onOneLoop(Wire.echo) { server, upstream in
            for _ in 0..<20 { #expect(try await upstream.call("pay", "{}").failure == nil) }
            #expect(server.requests.count == 20)
            #expect(server.connections == 1)
        }
    }

    @Test("are not kept when the server says so")
    func closesWhenTold() async throws {
        let script: TestServer.Script = { request in
            [.answer(Wire.result(request, "{}"), headers: ["connection: close"]), .close]
        }
        try await Self.onOneLoop(script) { server, upstream in
            for _ in 0..<3 { #expect(try await upstream.call("pay").failure == nil) }
            #expect(server.connections == 3)
        }
    }

    @Test("that the server closed between two calls are replaced, and each call arrives once")
    func replacesClosed() async throws {
        try await Self.onOneLoop(Wire.echo) { server, upstream in
            for _ in 0..<5 {
                #expect(try await upstream.call("pay", "{}").failure == nil)
                await server.closeConnections()
            }
            #expect(server.requests.count == 5)
            #expect(server.connections == 5)
        }
    }

    @Test("that die under a call break it off; it is not sent again, although the connection was a kept one")
    func neverSendsAgain() async throws {
        let calls = Counter()
        let script: TestServer.Script = { calls.next() == 1 ? Wire.echo($0) : [.close] }
        try await Self.onOneLoop(script) { server, upstream in
            #expect(try await upstream.call("pay", "{}").failure == nil)
            #expect(try await upstream.call("pay", "{}").failure == .brokenOff)
            #expect(server.requests.count == 2)
        }
    }

    @Test("carry nothing the server sends between two calls into the next one")
    func refusesUnsolicited() async throws {
        let stale = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        let script: TestServer.Script = { Wire.echo($0) + [.send(stale)] }
        try await Self.onOneLoop(script) { server, upstream in
            for _ in 0..<5 { #expect(try await upstream.call("pay", "{}").answer == #"{"content":[],"structuredContent":{}}"#) }
        }
    }

    @Test("are at most as many as allowed; a hundred calls at once on one loop each get their own answer")
    func boundsConnections() async throws {
        try await Self.onOneLoop(Wire.echo, { $0.maximumConnectionsPerLoop = 8 }) { server, upstream in
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
        try await Self.onOneLoop({ [.hold] + Wire.echo($0) }, change) { server, upstream in
            async let first = upstream.call("pay", "{}")
            #expect(await eventually { server.holding == 1 })
            let results = try await withThrowingTaskGroup(of: UpstreamFailure?.self) { group in
                for _ in 0..<2 { group.addTask { try await upstream.call("pay", "{}").failure } }
                let quick = try await group.next()
                server.release()
                return [quick, try await group.next()]
            }
            #expect(results == [.busy, nil])
            #expect(try await first.failure == nil)
            #expect(server.requests.count == 2)
        }
    }

    @Test("are not waited for beyond the deadline: the call in line is busy, the one sent timed out")
    func waitingEnds() async throws {
        let change: (inout HTTPUpstreamSettings) -> Void = {
            $0.maximumConnectionsPerLoop = 1
            $0.timeout = .milliseconds(80)
        }
        try await Self.onOneLoop({ _ in [.hold] }, change) { server, upstream in
            async let first = upstream.call("pay")
            #expect(await eventually { server.holding == 1 })
            #expect(try await upstream.call("pay").failure?.mayHaveRun == false)
            #expect(try await first.failure == .timedOut)
            #expect(server.requests.count == 1)
        }
    }

    @Test("belong to the event loop of the caller, which is where the call goes on")
    func staysOnTheLoop() async throws {
        try await Fixture.with(Wire.echo) { server, upstream in
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
