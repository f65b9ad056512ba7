import MartletEgress
import MartletMCP
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@Suite("notices and cancellation over HTTP", .serialized)
struct HTTPNoticeTests {
    static let eras: [ProtocolEra] = [.modern, .legacy]

    static func script(_ era: ProtocolEra, _ call: @escaping TestServer.Script) -> TestServer.Script {
        era == .modern ? Wire.modern(call) : Wire.legacy(call)
    }

    static func progress(_ request: ReceivedRequest, _ value: Int, token: String? = nil) -> ServerAction {
        .event(
            #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"#
                + #"\#(token ?? request.rpcID),"progress":\#(value)}}"#)
    }

    static func log(_ level: String, _ text: String) -> ServerAction {
        .event(
            #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"\#(level)","data":"\#(text)"}}"#)
    }

    @Test(
        "progress of the call arrives in order, under our own number upstream; everybody else's is dropped",
        arguments: eras)
    func progress(era: ProtocolEra) async throws {
        let script = Self.script(era) { request in
            [
                .openStream, Self.progress(request, 1), Self.progress(request, 90, token: "999"),
                Self.progress(request, 91, token: "\"mine\""), Self.progress(request, 2),
                .event(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#), Self.log("error", "x"),
                Self.progress(request, 3), .event(Wire.result(request, Wire.text("done"))), .endStream,
            ]
        }
        try await Fixture.with(script, era: .fixed(era)) { (server, upstream) async throws in
            let caller = TestCaller()
            #expect(try await upstream.call("pay", "{}", relaying: caller.all()).text == "done")
            #expect(caller.progress == ["1", "2", "3"])
            #expect(caller.heard.allSatisfy { $0.contains(#""progressToken":"mine""#) })
            let sent = try #require(server.requests.last { $0.rpcMethod == "tools/call" })
            #expect(sent.body.contains(#""progressToken":\#(sent.rpcID)"#))
        }
    }

    @Test("a caller that asked for nothing asks the upstream for nothing", arguments: eras)
    func silence(era: ProtocolEra) async throws {
        let script = Self.script(era) { request in
            [
                .openStream, Self.progress(request, 1), Self.log("emergency", "x"),
                .event(Wire.result(request, Wire.text("done"))), .endStream,
            ]
        }
        try await Fixture.with(script, era: .fixed(era)) { (server, upstream) async throws in
            let caller = TestCaller()
            #expect(try await upstream.call("pay", "{}", relaying: caller.all(progress: false)).text == "done")
            #expect(caller.heard.isEmpty)
            #expect(server.requests.allSatisfy { !$0.body.contains("progressToken") && !$0.body.contains("logLevel") })
        }
    }

    @Test("log lines are filtered by level, and a modern upstream is told the level", arguments: eras)
    func logLevel(era: ProtocolEra) async throws {
        let script = Self.script(era) { request in
            [
                .openStream, Self.log("info", "quiet"), Self.log("warning", "loud"), Self.log("shout", "odd"),
                .event(Wire.result(request, Wire.text("done"))), .endStream,
            ]
        }
        try await Fixture.with(script, era: .fixed(era)) { (server, upstream) async throws in
            let caller = TestCaller()
            _ = try await upstream.call("pay", "{}", relaying: caller.all(progress: false, log: .warning))
            #expect(caller.heard.count == 1)
            #expect(caller.heard.first?.contains("loud") == true)
            let sent = try #require(server.requests.last { $0.rpcMethod == "tools/call" })
            let isTold = sent.body.contains(#""io.modelcontextprotocol/logLevel":"warning""#)
            #expect(isTold == (era == .modern))
        }
    }

    @Test("a modern call that is given up closes its stream, and nothing is sent instead")
    func cancelModern() async throws {
        let script = Wire.modern { request in [.openStream, Self.progress(request, 1), .hold] }
        try await Fixture.with(script) { (server, upstream) async throws in
            let caller = TestCaller()
            async let result = upstream.call("pay", "{}", relaying: caller.all())
            #expect(await eventually { caller.progress == ["1"] })
            caller.cancel()
            #expect(try await result.failure == .cancelled)
            #expect(await eventually { server.open == 0 })
            #expect(server.methods == ["tools/call"])
        }
    }

    @Test("a legacy call that is given up is cancelled by its number in its session")
    func cancelLegacy() async throws {
        let script = Wire.legacy { request in [.openStream, Self.progress(request, 1), .hold] }
        try await Fixture.with(script, era: .fixed(.legacy)) { (server, upstream) async throws in
            let caller = TestCaller()
            async let result = upstream.call("pay", "{}", relaying: caller.all())
            #expect(await eventually { caller.progress == ["1"] })
            caller.cancel()
            #expect(try await result.failure == .cancelled)
            #expect(await eventually { server.methods.last == "notifications/cancelled" })
            let call = try #require(server.requests.last { $0.rpcMethod == "tools/call" })
            let notice = try #require(server.requests.last)
            #expect(notice.body.contains(#""requestId":\#(call.rpcID),"#))
            #expect(notice.headers["mcp-session-id"] == ["s1"])
        }
    }

    @Test("a call that was given up before is not sent", arguments: eras)
    func cancelledBefore(era: ProtocolEra) async throws {
        try await Fixture.with(Self.script(era, Wire.echo), era: .fixed(era)) { (server, upstream) async throws in
            let caller = TestCaller(isGone: true)
            #expect(try await upstream.call("pay", "{}", relaying: caller.all()).failure == .cancelled)
            #expect(!server.methods.contains("tools/call"))
        }
    }

    @Test("giving up a call that has ended does nothing to the next one")
    func cancelledAfter() async throws {
        try await Fixture.with(Wire.modern(Wire.echo)) { (server, upstream) async throws in
            let caller = TestCaller()
            #expect(try await upstream.call("pay", "{}", relaying: caller.all()).failure == nil)
            caller.cancel()
            #expect(try await upstream.call("pay", "{}").failure == nil)
            #expect(server.methods == ["tools/call", "tools/call"])
        }
    }

    @Test("while a call is held nothing more of it is read, and its connection serves the next call afterwards")
    func hold() async throws {
        let padding = String(repeating: "x", count: 4096)
        let script = Wire.modern { request in
            let events = (0..<1000).map { _ in Self.log("info", padding) }
            return [.openStream, Self.progress(request, 1)] + events + [
                .event(Wire.result(request, Wire.text("done"))), .endStream,
            ]
        }
        try await Fixture.with(script, { $0.maximumAnswerBytes = 16 << 20 }) { (server, upstream) async throws in
            let caller = TestCaller(holdsAfter: 1)
            async let result = upstream.call("pay", "{}", relaying: caller.all(log: .debug))
            #expect(await eventually { caller.heard.count >= 1 })
            // What one reading had brought may still come; the rest stays with the kernel.
            try await Fixture.turns(200)
            #expect(caller.heard.count < 500)
            caller.goOn()
            #expect(try await result.text == "done")
            #expect(caller.heard.count == 1001)
            #expect(try await upstream.call("pay", "{}").text == "done")
        }
    }
}

extension Fixture {
    /// Lets every event loop turn `count` times.
    static func turns(_ count: Int) async throws {
        for _ in 0..<count {
            for loop in group.makeIterator() { try await loop.submit {}.get() }
        }
    }
}
