import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// What the test server got.
struct ReceivedRequest: Sendable {
    let connection: Int
    let method: HTTPMethod
    let target: String
    let headers: HTTPHeaders
    let body: String
    let loop: ObjectIdentifier
}

/// One thing the test server does; requests are answered by a list of them.
enum ServerAction: Sendable {
    /// Bytes as they are: heads too, so that a test can send what no HTTP library would.
    case send(String)
    /// Goes on when the test calls `release`.
    case hold
    case close

    /// What is sent; empty for the others.
    var text: String {
        if case .send(let text) = self { text } else { "" }
    }

    /// A whole answer with its length.
    static func answer(
        _ body: String, status: String = "200 OK", type: String = "application/json", headers: [String] = []
    ) -> ServerAction {
        let fields = ["content-type: \(type)", "content-length: \(body.utf8.count)"] + headers
        return .send("HTTP/1.1 \(status)\r\n" + fields.map { "\($0)\r\n" }.joined() + "\r\n" + body)
    }

    static func status(_ status: String, headers: [String] = []) -> ServerAction {
        .send("HTTP/1.1 \(status)\r\n" + (headers + ["content-length: 0"]).map { "\($0)\r\n" }.joined() + "\r\n")
    }

    /// The head of an event stream, and each event as one chunk.
    static let openStream = ServerAction.send(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n")
    static let endStream = ServerAction.send("0\r\n\r\n")
    static func event(_ data: String) -> ServerAction {
        let text = "event: message\r\ndata: \(data)\r\n\r\n"
        return .send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }
}

/// A small HTTP server on loopback that records what it gets and does what it is told.
final class TestServer: Sendable {
    typealias Script = @Sendable (ReceivedRequest) -> [ServerAction]

    private struct Record {
        var requests: [ReceivedRequest] = []
        var connections = 0
        var held: [(channel: any Channel, go: @Sendable () -> Void)] = []
        var isReleased = false
        var channels: [any Channel] = []
    }

    private let record = Mutex(Record())
    private let script: Script
    private let channel = Mutex<(any Channel)?>(nil)

    private init(_ script: @escaping Script) { self.script = script }

    static func start(
        tls: NIOSSLContext? = nil, host: String = "127.0.0.1", _ script: @escaping Script
    ) async throws -> TestServer {
        let server = TestServer(script)
        let bootstrap = ServerBootstrap(group: Fixture.group)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                let number = server.connected(channel)
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try pipeline.addHandler(ScriptedHandler(server: server, connection: number))
                }
            }
        let listening = try await bootstrap.bind(host: host, port: 0).get()
        server.channel.withLock { $0 = listening }
        return server
    }

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    var url: String { "http://127.0.0.1:\(port)/mcp" }
    var requests: [ReceivedRequest] { record.withLock { $0.requests } }
    /// Connections made so far.
    var connections: Int { record.withLock { $0.connections } }
    /// Connections that are open now.
    var open: Int { record.withLock { $0.channels.filter(\.isActive).count } }
    var holding: Int { record.withLock { $0.held.count } }

    /// The JSON-RPC methods in the order of their arrival.
    var methods: [String] { requests.map(\.rpcMethod) }

    /// Lets everything go on that holds, now and later.
    func release() {
        let held = record.withLock { record in
            record.isReleased = true
            defer { record.held = [] }
            return record.held
        }
        for (_, go) in held { go() }
    }

    /// Sends something on every connection that holds.
    func tell(_ action: ServerAction) {
        for (channel, _) in record.withLock({ $0.held }) where channel.isActive {
            channel.writeAndFlush(ByteBuffer(string: action.text), promise: nil)
        }
    }

    /// Connections that hold and are open.
    var listening: Int { record.withLock { $0.held.filter(\.channel.isActive).count } }

    /// Closes our half of the connections that are open, as a server does with idle ones, and waits until the other
    /// side has noticed and closed its own.
    func closeIdleConnections() async {
        for channel in record.withLock({ $0.channels }) {
            channel.close(mode: .output, promise: nil)
            await withCheckedContinuation { done in channel.closeFuture.whenComplete { _ in done.resume() } }
        }
    }

    /// Closes the connections that are open, and waits for it.
    func closeConnections() async {
        for channel in record.withLock({ $0.channels }) {
            channel.close(promise: nil)
            await withCheckedContinuation { done in channel.closeFuture.whenComplete { _ in done.resume() } }
        }
    }

    func stop() async {
        release()
        let listening = channel.withLock { $0 }
        listening?.close(promise: nil)
        await closeConnections()
    }

    private func connected(_ channel: any Channel) -> Int {
        record.withLock { record in
            record.connections += 1
            record.channels.append(channel)
            return record.connections
        }
    }

    fileprivate func actions(for request: ReceivedRequest) -> [ServerAction] {
        record.withLock { $0.requests.append(request) }
        return script(request)
    }

    fileprivate func hold(_ channel: any Channel, _ go: @escaping @Sendable () -> Void) {
        let isReleased = record.withLock { record in
            if !record.isReleased { record.held.append((channel, go)) }
            return record.isReleased
        }
        if isReleased { go() }
    }
}

extension ReceivedRequest {
    /// What stands behind the first `"method":"`.
    var rpcMethod: String { field("method") ?? method.rawValue }
    var rpcID: String { body.range(between: "\"id\":", and: [",", "}"]) ?? "null" }
    func field(_ name: String) -> String? { body.range(between: "\"\(name)\":\"", and: ["\""]) }
}

extension String {
    func range(between start: String, and ends: Set<Character>) -> String? {
        guard let from = firstRange(of: start) else { return nil }
        return String(self[from.upperBound...].prefix { !ends.contains($0) })
    }
}

private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let server: TestServer
    private let connection: Int
    private var head: HTTPRequestHead?
    private var body = ""

    init(server: TestServer, connection: Int) {
        self.server = server
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
            guard let head else { return }
            let request = ReceivedRequest(
                connection: connection, method: head.method, target: head.uri, headers: head.headers, body: body,
                loop: ObjectIdentifier(context.eventLoop))
            perform(server.actions(for: request)[...], on: context.channel)
        }
    }

    private func perform(_ actions: ArraySlice<ServerAction>, on channel: any Channel) {
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        for (index, action) in zip(actions.indices, actions) {
            switch action {
            case .send(let text): channel.write(ByteBuffer(string: text), promise: nil)
            case .close:
                channel.flush()
                channel.close(promise: nil)
            case .hold:
                let rest = actions[(index + 1)...]
                server.hold(channel) { channel.eventLoop.execute { bound.value.perform(rest, on: channel) } }
                // Whoever has read what stands before finds the connection holding.
                return channel.flush()
            }
        }
        channel.flush()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
