import MartletEgress
import MartletMCP
import NIOCore
import NIOHTTP1
import Testing

@Suite("an answer that breaks off", .serialized)
struct ResumptionTests {
    private static func event(_ data: String, id: String? = nil, retry: Int? = nil) -> ServerAction {
        let fields = [id.map { "id: \($0)" }, retry.map { "retry: \($0)" }, "data: \(data)"].compactMap { $0 }
        let text = fields.joined(separator: "\n") + "\n\n"
        return .send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    /// A legacy server whose calls break off after `first`; each GET is answered by the next of `rest`.
    private static func script(
        _ first: @escaping @Sendable (ReceivedRequest) -> [ServerAction],
        rest: [@Sendable (ReceivedRequest) -> [ServerAction]]
    ) -> TestServer.Script {
        let call = Collected<ReceivedRequest>()
        let gets = Counter()
        let legacy = Wire.legacy { request in
            call.add(request)
            return first(request)
        }
        return { request in
            guard request.method == .GET else { return legacy(request) }
            let number = gets.next()
            guard let sent = call.all.last, number <= rest.count else { return [.status("404 Not Found")] }
            return rest[number - 1](sent)
        }
    }

    private static func gets(_ server: TestServer) -> [ReceivedRequest] { server.requests.filter { $0.method == .GET } }

    @Test("is taken up behind its last event, in the same session; the call is sent once", arguments: [true, false])
    func resumes(endsProperly: Bool) async throws {
        let script = Self.script(
            { request in
                [
                    .openStream, Self.event("", id: "e-1", retry: 20),
                    Self.event(
                        #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"#
                            + #"\#(request.rpcID),"progress":1}}"#, id: "e-2"),
                    endsProperly ? .endStream : .close,
                ]
            },
            rest: [
                { call in
                    [
                        .openStream,
                        Self.event(
                            #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"#
                                + #"\#(call.rpcID),"progress":2}}"#, id: "e-3"),
                        Self.event(Wire.result(call, Wire.text("done")), id: "e-4"), .endStream,
                    ]
                }
            ])
        try await Fixture.with(script, era: .fixed(.legacy)) { (server, upstream) async throws in
            let caller = TestCaller()
            #expect(try await upstream.call("pay", "{}", relaying: caller.all()).text == "done")
            #expect(caller.progress == ["1", "2"])
            #expect(server.methods.filter { $0 == "tools/call" }.count == 1)
            let get = try #require(Self.gets(server).first)
            #expect(get.headers["last-event-id"] == ["e-2"])
            #expect(get.headers["mcp-session-id"] == ["s1"])
            #expect(get.headers["accept"] == ["text/event-stream"])
        }
    }

    @Test("is taken up again and again while it goes on")
    func polls() async throws {
        let step: @Sendable (Int) -> (@Sendable (ReceivedRequest) -> [ServerAction]) = { number in
            { _ in [.openStream, Self.event("", id: "e-\(number)", retry: 10), .endStream] }
        }
        let last: @Sendable (ReceivedRequest) -> [ServerAction] = { call in
            [.openStream, Self.event(Wire.result(call, Wire.text("done"))), .endStream]
        }
        let script = Self.script(step(0), rest: (1...8).map(step) + [last])
        try await Fixture.with(script, era: .fixed(.legacy)) { (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}").text == "done")
            #expect(Self.gets(server).map { $0.headers["last-event-id"] } == (0...8).map { ["e-\($0)"] })
        }
    }

    @Test(
        "without an event id, or in the modern era, is broken off and not asked for",
        arguments: [ProtocolEra.legacy, .modern])
    func notResumable(era: ProtocolEra) async throws {
        let broken: TestServer.Script = { _ in
            [.openStream, Self.event("", id: era == .modern ? "e-1" : nil, retry: 10), .endStream]
        }
        try await Fixture.with(HTTPNoticeTests.script(era, broken), era: .fixed(era)) {
            (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}").failure == .brokenOff)
            #expect(Self.gets(server).isEmpty)
        }
    }

    @Test(
        "and cannot be taken up is broken off: the call may have run",
        arguments: ["404 Not Found", "405 Method Not Allowed", "401 Unauthorized"])
    func refused(status: String) async throws {
        let script = Self.script(
            { _ in [.openStream, Self.event("", id: "e-1", retry: 10), .endStream] }, rest: [{ _ in [.status(status)] }]
        )
        try await Fixture.with(script, era: .fixed(.legacy)) { (server, upstream) async throws in
            let failure = try await upstream.call("pay", "{}").failure
            #expect(failure == .brokenOff)
            #expect(failure?.mayHaveRun == true)
            #expect(Self.gets(server).count == 1)
        }
    }

    @Test(
        "and is refused with an error in JSON is broken off, and the call is not sent again",
        arguments: ["404 Not Found", "405 Method Not Allowed"])
    func refusedInJSON(status: String) async throws {
        let refusal = #"{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}"#
        let script = Self.script(
            { _ in [.openStream, Self.event("", id: "e-1", retry: 10), .endStream] },
            rest: [{ _ in [.answer(refusal, status: status)] }])
        try await Fixture.with(script, era: .fixed(.legacy)) { (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}").failure == .brokenOff)
            #expect(server.methods.filter { $0 == "tools/call" }.count == 1)
            #expect(Self.gets(server).count == 1)
        }
    }

    @Test("and says nothing new is not asked for ever")
    func fruitless() async throws {
        let nothing: @Sendable (ReceivedRequest) -> [ServerAction] = { _ in
            [.openStream, Self.event("", id: "e-1", retry: 10), .endStream]
        }
        let script = Self.script(nothing, rest: Array(repeating: nothing, count: 50))
        try await Fixture.with(script, era: .fixed(.legacy)) { (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}").failure == .brokenOff)
            #expect(Self.gets(server).count == 5)
        }
    }

    @Test("and wants to be asked after the call's deadline has timed out")
    func tooLate() async throws {
        let script = Self.script(
            { _ in [.openStream, Self.event("", id: "e-1", retry: 60_000), .endStream] }, rest: [])
        try await Fixture.with(script, era: .fixed(.legacy)) { (server, upstream) async throws in
            #expect(try await upstream.call("pay", "{}").failure == .timedOut)
            #expect(Self.gets(server).isEmpty)
        }
    }
}
