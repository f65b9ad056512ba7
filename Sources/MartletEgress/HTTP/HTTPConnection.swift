import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One connection to an upstream, the last handler of its pipeline.
///
/// Confined to its loop. Knows for sure whether a request can have been read: until the kernel took all of a short
/// request, or the head of a long one, a failure means that no upstream has a whole request.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    enum State {
        case connecting(HTTPExchange)
        case idle(until: NIODeadline)
        case busy(HTTPExchange)
        /// The answer is complete, its stream is not at its end yet.
        case draining(until: NIODeadline, bytes: Int)
        case closed
    }

    private static let shortRequest = 16_384
    private static let drainLimit = (time: TimeAmount.milliseconds(250), bytes: 65_536)

    private let pool: ConnectionPool
    private let requestBytes = RequestBytes()
    var state: State
    var channel: (any Channel)?
    private var isReused = false
    private var headWasWritten = false
    private var keepsAlive = true

    init(for exchange: HTTPExchange, pool: ConnectionPool) {
        self.pool = pool
        state = .connecting(exchange)
    }

    /// When the pool has to look at this connection again.
    var deadline: NIODeadline? {
        switch state {
        case .connecting(let exchange), .busy(let exchange): exchange.deadline
        case .idle(let until), .draining(let until, _): until
        case .closed: nil
        }
    }

    var idleUntil: NIODeadline { deadline ?? .now() }
    func isOverdue(_ now: NIODeadline) -> Bool { deadline.map { $0 <= now } ?? false }

    // MARK: - Requests

    /// Sends a request. False when this connection is unusable: then nothing was sent, and it goes away by itself.
    func start(_ exchange: HTTPExchange) -> Bool {
        guard case .idle(let until) = state, let channel, channel.isActive, until > .now() else {
            shutDown()
            return false
        }
        isReused = true
        send(exchange, on: channel)
        return true
    }

    private func send(_ exchange: HTTPExchange, on channel: any Channel) {
        state = .busy(exchange)
        headWasWritten = false
        keepsAlive = true
        let written = channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [self] in headWasWritten = true }
        let request = exchange.request
        channel.pipeline.syncOperations.write(
            NIOAny(HTTPClientRequestPart.head(RequestBytes.outline(request.method))), promise: nil)
        var rest = request.bytes
        // A short request is one write: the kernel takes it whole, or the upstream cannot have a whole body.
        if rest.readableBytes > Self.shortRequest, let head = rest.readSlice(length: request.headBytes) {
            requestBytes.send(head, flushes: false, promise: written)
            requestBytes.send(rest, flushes: true, promise: nil)
        } else {
            requestBytes.send(rest, flushes: true, promise: written)
        }
    }

    // MARK: - Ends

    /// The deadline of what this connection does has passed.
    func expire() {
        switch state {
        case .connecting(let exchange): close(exchange, .unreachable("no connection in time"))
        case .busy(let exchange): close(exchange, headWasWritten ? .timedOut : .unreachable("nothing sent in time"))
        case .idle, .draining: close()
        case .closed: break
        }
    }

    /// The gateway closes. A call that was sent is broken off: the tool may have run.
    func shutDown() {
        switch state {
        case .connecting(let exchange): close(exchange, .closed)
        case .busy(let exchange): close(exchange, headWasWritten ? .brokenOff : .closed)
        case .idle, .draining: close()
        case .closed: break
        }
    }

    func close(_ exchange: HTTPExchange? = nil, _ failure: UpstreamFailure? = nil) {
        state = .closed
        channel?.close(promise: nil)
        pool.remove(self)
        if let exchange, let failure { exchange.finish(.failure(failure)) }
    }

    /// The connection ended under a request. Sent again only when the old connection took no byte of it.
    private func breakOff(_ failure: UpstreamFailure) {
        switch state {
        case .connecting(let exchange): close(exchange, .unreachable("connection failed"))
        case .busy(let exchange) where headWasWritten: close(exchange, failure)
        case .busy(let exchange) where isReused:
            close()
            pool.submit(exchange)
        case .busy(let exchange): close(exchange, .unreachable("connection failed before the request was sent"))
        case .idle, .draining: close()
        case .closed: break
        }
    }

    // MARK: - Answers

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch state {
        case .busy(let exchange): read(part, for: exchange)
        case .draining(let until, let bytes): drain(part, until: until, bytes: bytes)
        case .connecting, .idle: close()
        case .closed: break
        }
    }

    private func read(_ part: HTTPClientResponsePart, for exchange: HTTPExchange) {
        if case .head(let head) = part { keepsAlive = head.isKeepAlive }
        defer { resumeWhenFinished(exchange) }
        switch exchange.receive(part) {
        case .more: break
        case .failed(let failure): close(exchange, failure)
        case .complete(let answer):
            if case .end = part { freed() } else { drainLater() }
            exchange.finish(.success(answer))
        }
    }

    private func drain(_ part: HTTPClientResponsePart, until: NIODeadline, bytes: Int) {
        switch part {
        case .head: close()
        case .body(let more):
            let total = bytes + more.readableBytes
            if total > Self.drainLimit.bytes { close() } else { state = .draining(until: until, bytes: total) }
        case .end: freed()
        }
    }

    private func drainLater() {
        guard keepsAlive else { return close() }
        let until = NIODeadline.now() + Self.drainLimit.time
        state = .draining(until: until, bytes: 0)
        pool.watch(until)
    }

    private func freed() {
        guard keepsAlive else { return close() }
        state = .idle(until: .now() + pool.settings.idleLimit)
        pool.release(self)
    }

    func channelInactive(context: ChannelHandlerContext) { breakOff(.brokenOff) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.invalidEOFState: breakOff(.brokenOff)
        case HTTPParserError.headerOverflow: breakOff(.tooLarge)
        case is HTTPParserError: breakOff(.garbage("not HTTP/1.1"))
        default: breakOff(.brokenOff)
        }
    }
}

// MARK: - Connecting

extension HTTPConnection {
    func connect(before deadline: NIODeadline) {
        let settings = pool.settings
        let bound = NIOLoopBound(self, eventLoop: pool.loop)
        let bootstrap = ClientBootstrap(group: pool.loop)
            .connectTimeout(min(settings.connectTimeout, deadline - .now()))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try bound.value.configure(channel) }
            }
        let connected =
            settings.address.map(bootstrap.connect(to:))
            ?? bootstrap.connect(host: settings.endpoint.host, port: settings.endpoint.port)
        connected.assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let channel): adopt(channel)
            case .failure: breakOff(.unreachable("connection failed"))
            }
        }
    }

    private func configure(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let settings = pool.settings
        if let tls = settings.tls {
            let host = settings.endpoint.host
            try pipeline.addHandler(
                NIOSSLClientHandler(context: tls, serverHostname: IPAddress(host) == nil ? host : nil))
        }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = settings.limits.headerBytes
        limits.maxHeaderListSize = settings.limits.headerBytes
        limits.maxHeaderFieldCount = 100
        try pipeline.addHandler(requestBytes)
        try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder(limitConfiguration: limits)))
        try pipeline.addHandler(self)
    }

    private func adopt(_ channel: any Channel) {
        guard case .connecting(let exchange) = state else { return channel.close(promise: nil) }
        self.channel = channel
        send(exchange, on: channel)
    }
}
