import MartletAudit
import MartletCore
import MartletGateway
import MartletJSON
import MartletMCP
import MartletTesting
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import MartletServer

/// Answers each request as the test says, with the connection's own line.
private struct Scripted: Responder {
    let audit: AuditLog
    let work: @Sendable (InboundRequest, AgentLine?) async -> AuditedResponse

    func answer(_ request: InboundRequest, on line: AgentLine?) async -> AuditedResponse { await work(request, line) }

    func refuse(reason: String, status: Int, source: String) async -> AuditedResponse {
        audit.unrecorded(.health, answering: ResponseDraft(status: status))
    }
}

/// One client connection, bytes in and out.
private final class RawClient: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let text = Mutex("")
    private let channel = Mutex<(any Channel)?>(nil)
    private let closed = Atomic<Bool>(false)
    /// Opened by whatever happens next on the connection.
    private let news = Mutex(Gate())

    static func connect(to port: Int) async throws -> RawClient {
        let client = RawClient()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(client) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        client.channel.withLock { $0 = channel }
        return client
    }

    var received: String { text.withLock { $0 } }
    var isClosed: Bool { closed.load(ordering: .acquiring) }
    var channelInUse: (any Channel)? { channel.withLock { $0 } }

    func send(_ text: String) async throws { try await channelInUse?.writeAndFlush(ByteBuffer(string: text)).get() }
    func close() { channelInUse?.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        text.withLock { $0 += String(buffer: buffer) }
        tell()
    }

    func channelInactive(context: ChannelHandlerContext) {
        closed.store(true, ordering: .releasing)
        tell()
    }

    private func tell() {
        let gate = news.withLock { news in
            defer { news = Gate() }
            return news
        }
        gate.open()
    }

    /// Whether `condition` comes true before the connection ends. The suite's limit ends a wait for ever.
    func reaches(_ condition: () -> Bool) async -> Bool {
        while true {
            let gate = news.withLock { $0 }
            if condition() { return true }
            if isClosed { return condition() }
            await gate.wait()
        }
    }
}

@Suite("Streamed answers on a connection", .serialized, .timeLimit(.minutes(1)))
struct ConnectionStreamTests {
    private static let request = "POST /mcp/erp HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"

    private func audit() throws -> AuditLog {
        let vault = try #require(PayloadVault.inMemory())
        return AuditLog(
            store: MemoryAuditStore(), clock: FixedClock(), random: SeededRandom(seed: 1),
            identity: LogIdentity(node: "gw-1", environment: try #require(EnvironmentName("demo")), posture: "pilot"),
            sealing: vault)
    }

    private func with(
        _ work: @escaping @Sendable (AuditLog, InboundRequest, AgentLine?) async -> AuditedResponse,
        settings change: (inout ListenerSettings) -> Void = { _ in }, body: (RawClient) async throws -> Void
    ) async throws {
        let audit = try audit()
        var settings = ListenerSettings(
            address: "127.0.0.1", port: 0, tls: nil, maximumBodyBytes: 65_536, maximumHeaderBytes: 8192,
            maximumConnections: 8)
        change(&settings)
        let listener = try await Listener.bind(
            settings, group: .singleton, responder: Scripted(audit: audit) { await work(audit, $0, $1) })
        let client = try await RawClient.connect(to: listener.port)
        do {
            try await body(client)
        } catch {
            client.close()
            await listener.close()
            throw error
        }
        client.close()
        await listener.close()
    }

    private static let head = ResponseDraft(
        status: 200, headers: [(name: "content-type", value: "text/event-stream")])

    @Test("each event is one chunk, the stream ends with the last one, and the connection serves the next request")
    func chunks() async throws {
        try await with { audit, request, line in
            guard let line, request.path == "/mcp/erp" else {
                return audit.unrecorded(.ping, answering: ResponseDraft(status: 200, body: Array("whole".utf8)))
            }
            return await StreamScript.run(audit, line, progress: [1, 2], last: "last")
        } body: { client in
            // Both at once: the second waits for the end of the first answer.
            try await client.send(Self.request + Self.request.replacing("/mcp/erp", with: "/other"))
            #expect(await client.reaches { client.received.hasSuffix("whole") })
            let expected =
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                + (try StreamScript.chunk(1) + StreamScript.chunk(2)) + "4\r\nlast\r\n0\r\n\r\n"
                + "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole"
            #expect(client.received == expected)
        }
    }

    @Test("a client of HTTP/1.0 is offered no stream")
    func oldClient() async throws {
        try await with { audit, _, line in
            audit.unrecorded(
                .ping, answering: ResponseDraft(status: 200, body: Array(line == nil ? "none".utf8 : "line".utf8)))
        } body: { client in
            try await client.send(Self.request.replacing("HTTP/1.1", with: "HTTP/1.0"))
            #expect(await client.reaches { client.isClosed })
            #expect(client.received.hasSuffix("none"))
        }
    }

    @Test("a stream without events says that it lives")
    func keepAlive() async throws {
        let gate = Gate()
        try await with { audit, _, line in
            guard let line else { return audit.unrecorded(.ping, answering: ResponseDraft(status: 500)) }
            return await StreamScript.run(audit, line, progress: [1], last: "last") { await gate.wait() }
        } settings: {
            $0.keepAlive = Seconds(1)
        } body: { client in
            try await client.send(Self.request)
            #expect(await client.reaches { client.received.contains("\r\n: keep-alive\n\n\r\n") })
            gate.open()
            #expect(await client.reaches { client.received.hasSuffix("4\r\nlast\r\n0\r\n\r\n") })
        }
    }

    @Test("whoever opened a stream cannot answer beside it: the connection is closed")
    func wholeAfterStream() async throws {
        try await with { audit, _, line in
            if let line { _ = await StreamScript.run(audit, line, progress: [1], last: nil) }
            return audit.unrecorded(.ping, answering: ResponseDraft(status: 200, body: Array("beside".utf8)))
        } body: { client in
            try await client.send(Self.request)
            #expect(await client.reaches { client.isClosed })
            #expect(!client.received.contains("beside"))
            #expect(client.received.hasSuffix(try StreamScript.chunk(1)))
        }
    }

    @Test("a client that goes away is noticed while its call runs")
    func leaves() async throws {
        let gate = Gate()
        let used = Mutex<AgentLine?>(nil)
        try await with { audit, _, line in
            guard let line else { return audit.unrecorded(.ping, answering: ResponseDraft(status: 500)) }
            used.withLock { $0 = line }
            return await StreamScript.run(audit, line, progress: [1], last: "last") { await gate.wait() }
        } body: { client in
            try await client.send(Self.request)
            #expect(await client.reaches { client.received.contains("progress") })
            #expect(used.withLock { $0?.isGone } == false)
            client.close()
            while used.withLock({ $0?.isGone }) != true { await Task.yield() }
            gate.open()
        }
    }
}

/// Opens when told, for everybody who waits.
private final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
