import MartletAudit
import MartletGateway
import NIOCore
import NIOHTTP1
package import NIOPosix
import NIOSSL
import Synchronization

/// A bound socket that answers HTTP through a `Responder`.
package final class Listener: Sendable {
    private let channel: any Channel
    private let connections: ConnectionCount

    private init(channel: any Channel, connections: ConnectionCount) {
        self.channel = channel
        self.connections = connections
    }

    /// Binds an IP address; with TLS when the settings say so.
    package static func bind(
        _ settings: ListenerSettings, group: MultiThreadedEventLoopGroup, responder: any Responder
    ) async throws(ListenerError) -> Listener {
        let tls = try settings.tls.map(Self.context)
        return try await bind(settings, group: group, responder: responder, tls: tls) { bootstrap in
            try await bootstrap.bind(host: settings.address, port: settings.port).get()
        }
    }

    /// Binds a Unix domain socket at `path`, readable and writable by the gateway's user only.
    package static func bind(
        unixSocket path: String, _ settings: ListenerSettings, group: MultiThreadedEventLoopGroup,
        responder: any Responder
    ) async throws(ListenerError) -> Listener {
        let listener = try await bind(settings, group: group, responder: responder, tls: nil) { bootstrap in
            try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        }
        return listener
    }

    package var port: Int { channel.localAddress?.port ?? 0 }

    /// Accepts nothing more; connections that are answering finish on their own.
    package func close() async {
        await withCheckedContinuation { closed in
            channel.close().whenComplete { _ in closed.resume() }
        }
    }

    private static func bind(
        _ settings: ListenerSettings, group: MultiThreadedEventLoopGroup, responder: any Responder,
        tls: NIOSSLContext?, _ bind: (ServerBootstrap) async throws -> any Channel
    ) async throws(ListenerError) -> Listener {
        let connections = ConnectionCount(maximum: settings.maximumConnections)
        let executors = LoopExecutors(group)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 8192))
            .childChannelInitializer { channel in
                LocalPeer.of(channel).flatMapThrowing { peer in
                    guard connections.enter(channel) else {
                        channel.close(promise: nil)
                        return
                    }
                    try Self.configure(channel, settings, peer, responder, executors[channel.eventLoop], tls)
                }
            }
        do {
            return Listener(channel: try await bind(bootstrap), connections: connections)
        } catch let error as IOError {
            throw .cannotBind(settings.place, errno: error.errnoCode)
        } catch {
            throw .cannotListen(settings.place, reason: "\(error)")
        }
    }

    private static func configure(
        _ channel: any Channel, _ settings: ListenerSettings, _ peer: LocalPeer?, _ responder: any Responder,
        _ executor: LoopExecutor, _ tls: NIOSSLContext?
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        let source = channel.remoteAddress?.ipAddress ?? "local"
        try pipeline.addHandler(
            Connection(settings: settings, source: source, peer: peer, responder: responder, executor: executor))
    }

    private static func context(_ files: TLSFiles) throws(ListenerError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificateChain).map {
                NIOSSLCertificateSource.certificate($0)
            }
            let key = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(file: files.privateKey, format: .pem))
            var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .badCertificate(files.certificateChain, reason: "\(error)")
        }
    }
}

extension ListenerSettings {
    /// As an operator writes it; a Unix socket has no port.
    fileprivate var place: String {
        if address.contains("/") { return address }
        return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}

/// The open connections of one listener, bounded.
private final class ConnectionCount: Sendable {
    private let count = Atomic<Int>(0)
    private let maximum: Int
    init(maximum: Int) { self.maximum = maximum }

    func enter(_ channel: any Channel) -> Bool {
        let open = count.add(1, ordering: .relaxed).newValue
        channel.closeFuture.whenComplete { _ in self.count.subtract(1, ordering: .relaxed) }
        return open <= maximum
    }
}

/// One executor per event loop of a group.
private struct LoopExecutors: Sendable {
    private let executors: [ObjectIdentifier: LoopExecutor]

    init(_ group: MultiThreadedEventLoopGroup) {
        var executors: [ObjectIdentifier: LoopExecutor] = [:]
        for loop in group.makeIterator() { executors[ObjectIdentifier(loop)] = LoopExecutor(loop) }
        self.executors = executors
    }

    subscript(loop: any EventLoop) -> LoopExecutor {
        executors[ObjectIdentifier(loop)] ?? LoopExecutor(loop)
    }
}
