import MartletAudit
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// One connection to a syslog receiver, from the first byte to its end. Confined to its loop.
final class SyslogConnection {
    private let frames: [UInt8]
    private let tls: NIOSSLContext
    private let host: String
    private let loop: any EventLoop
    private let socket = SocketEnd()
    private var failure: SinkError?
    private var wasSent = false
    private var hasSaidGoodbye = false
    private var wasAnswered = false
    /// How long a goodbye of the receiver may be under way that it said before it had ours: then it acknowledges nothing.
    private static let pause = TimeAmount.milliseconds(100)
    private var completion: ((SinkError?) -> Void)?

    init(_ frames: [UInt8], tls: NIOSSLContext, host: String, loop: any EventLoop) {
        self.frames = frames
        self.tls = tls
        self.host = host
        self.loop = loop
    }

    /// Sends everything and waits for the end; `completion` gets nil when it was an acknowledgement.
    func run(to address: SocketAddress, by deadline: NIODeadline, _ completion: @escaping (SinkError?) -> Void) {
        self.completion = completion
        let bound = NIOLoopBound(self, eventLoop: loop)
        let timer = loop.scheduleTask(deadline: deadline) { bound.value.giveUp(.timedOut) }
        ClientBootstrap(group: loop)
            .connectTimeout(max(.nanoseconds(1), min(.seconds(5), deadline - .now())))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try bound.value.configure(channel) }
            }
            .connect(to: address).assumeIsolated().whenComplete { [self] result in
                switch result {
                case .success(let channel): send(on: channel, timer)
                case .failure:
                    timer.cancel()
                    finish(failure ?? .unreachable("connection failed"))
                }
            }
    }

    /// Ends it now; nothing was acknowledged.
    func giveUp(_ failure: SinkError) {
        self.failure = self.failure ?? failure
        socket.end()
    }

    private func configure(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(socket)
        try pipeline.addHandler(
            NIOSSLClientHandler(context: tls, serverHostname: IPAddress(host) == nil ? host : nil))
        try pipeline.addHandler(SyslogEnd(self))
    }

    private func send(on channel: any Channel, _ timer: Scheduled<Void>) {
        channel.closeFuture.assumeIsolated().whenComplete { [self] _ in
            timer.cancel()
            finish(verdict)
        }
        guard failure == nil else { return socket.end() }
        channel.writeAndFlush(ByteBuffer(bytes: frames)).assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success:
                wasSent = true
                let bound = NIOLoopBound(self, eventLoop: loop)
                loop.scheduleTask(in: Self.pause) { bound.value.sayGoodbye(on: channel) }
            case .failure(let error): note(error)
            }
        }
    }

    /// Everything is sent: our close_notify asks for the receiver's.
    private func sayGoodbye(on channel: any Channel) {
        guard failure == nil, channel.isActive else { return }
        hasSaidGoodbye = true
        channel.close(promise: nil)
    }

    /// The receiver's close_notify. One that came before ours acknowledges nothing.
    func answered() { if hasSaidGoodbye { wasAnswered = true } }

    func note(_ error: any Error) {
        if failure == nil, !wasAnswered { failure = wasSent ? .brokenOff : Self.reason(error) }
        socket.end()
    }

    private var verdict: SinkError? {
        if let failure { return failure }
        return wasAnswered && socket.isOrderly ? nil : .brokenOff
    }

    private func finish(_ result: SinkError?) {
        completion?(result)
        completion = nil
    }

    private static func reason(_ error: any Error) -> SinkError {
        switch error {
        case is NIOSSLError, is NIOSSLExtraError:
            .unreachable(
                "no TLS connection: the certificate is not one for this name from a trusted authority, or TLS ended")
        default: .brokenOff
        }
    }
}

/// The end of the pipeline: what TLS says of the connection.
private final class SyslogEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let connection: SyslogConnection
    init(_ connection: SyslogConnection) { self.connection = connection }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .shutdownCompleted = event as? TLSUserEvent { connection.answered() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.note(error)
    }
}

/// Stands between TLS and the socket, and keeps the socket open behind TLS until the receiver has ended its side: only then
/// it is known whether that was orderly, or a reset because bytes of ours lie there unread.
private final class SocketEnd: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?
    private var isForced = false
    private var wasReset = false
    private var hasEnded = false
    private var waiting: [EventLoopPromise<Void>] = []

    var isOrderly: Bool { hasEnded && !wasReset && !isForced }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Closes the socket now, whatever TLS still waits for.
    func end() {
        isForced = true
        context?.close(mode: .all, promise: nil)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, !isForced, !hasEnded, !wasReset else { return context.close(mode: mode, promise: promise) }
        if let promise { waiting.append(promise) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        wasReset = true
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        for promise in waiting { promise.succeed() }
        waiting = []
        context.fireChannelInactive()
    }
}
