import MartletAudit
import MartletCore
import MartletGateway
import NIOCore
import NIOHTTP1

/// What stands between one client connection and the gateway: it reads requests, and writes audited responses.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    let settings: ListenerSettings
    private let responder: any Responder
    private let executor: LoopExecutor
    private var reader: RequestReader
    private(set) var context: ChannelHandlerContext?
    /// Set before the task starts: it may end before `Task.immediate` returns.
    private var isAnswering = false
    private var watch: RepeatedTask?
    var lastProgress = NIODeadline.now()
    /// When the request that is being read began: a slow sender has one deadline for all of it.
    private var requestBegan: NIODeadline?
    /// Since when the socket has taken nothing of what was handed to it; nil while nothing waits there.
    var writingSince: NIODeadline?
    /// The way back to the agent while a call runs; for as long as the connection lives.
    private(set) var line: AgentLine?
    /// The answer that is being sent in pieces.
    var stream: StreamedAnswer?
    /// While a standing stream is open: whether the connection may be used after it.
    var standing: Bool?
    /// What arrived while an answer was being made: a pipelined request waits here, and reading stops at the bound.
    private var waiting: [HTTPServerRequestPart] = []
    private static let maximumWaiting = 64

    init(
        settings: ListenerSettings, source: String, peer: LocalPeer?, responder: any Responder, executor: LoopExecutor
    ) {
        self.settings = settings
        self.responder = responder
        self.executor = executor
        reader = RequestReader(
            source: source, peer: peer, maximumBodyBytes: settings.maximumBodyBytes,
            maximumHeaderBytes: settings.maximumHeaderBytes)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        line = makeLine(on: context.eventLoop)
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(5), delay: .seconds(5)) { _ in
            bound.value.closeIfSilent()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { release() }

    func channelInactive(context: ChannelHandlerContext) {
        release()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastProgress = .now()
        let part = unwrapInboundIn(data)
        guard isAnswering else { return take(part) }
        waiting.append(part)
        if waiting.count == Self.maximumWaiting { pause(true) }
    }

    private func take(_ part: HTTPServerRequestPart) {
        if case .head = part { requestBegan = .now() }
        perform(reader.read(part))
    }

    /// The HTTP parser found something it does not accept, or the transport broke.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, !isAnswering else {
            context.close(promise: nil)
            return
        }
        perform(reader.refuse(.malformed))
    }

    private func perform(_ action: RequestReader.Action) {
        switch action {
        case .wait: break
        case .answer(let request, let keepAlive, let streams):
            let line = streams ? line : nil
            answer(keepAlive: keepAlive) { await $0.answer(request, on: line) }
        case .refuse(let refusal):
            // Nothing more of this connection is of interest, and nothing more may pile up.
            pause(true)
            let source = context?.remoteAddress?.ipAddress ?? "local"
            answer(keepAlive: false) {
                await $0.refuse(reason: refusal.rawValue, status: refusal.status, source: source)
            }
        }
    }

    /// Starts the one task that answers; the next request of the connection waits until it has ended.
    private func answer(
        keepAlive: Bool, _ work: @escaping @Sendable (any Responder) async -> AuditedResponse
    ) {
        guard let loop = context?.eventLoop else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        let responder = responder
        isAnswering = true
        Task.immediate(executorPreference: executor) {
            let response = await work(responder)
            bound.value.write(response, keepAlive: keepAlive)
        }
    }

    /// The only place of this module that sends anything to an agent, beside the pieces of a stream.
    private func write(_ response: consuming AuditedResponse, keepAlive: Bool) {
        lastProgress = .now()
        guard let context else { return }
        if response.goesOn { return stand(keepAlive: keepAlive) }
        if response.hasLeft || stream != nil { return endStream(keepAlive: keepAlive, isWhole: response.hasLeft) }
        writingSince = lastProgress
        var buffer = context.channel.allocator.buffer(capacity: 256 + response.draft.body.count)
        ResponseBytes.write(response.draft, keepAlive: keepAlive, to: &buffer)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { _ in
            bound.value.hasWritten(keepAlive: keepAlive)
        }
    }

    /// Only now the next request may be read: a client that does not take its answers gets no further ones.
    func hasWritten(keepAlive: Bool) {
        isAnswering = false
        writingSince = nil
        requestBegan = nil
        lastProgress = .now()
        guard keepAlive else {
            context?.close(promise: nil)
            return
        }
        readWaiting()
    }

    /// Goes on with what a client sent before it had its answer, up to the end of one request.
    private func readWaiting() {
        let wasFull = waiting.count >= Self.maximumWaiting
        while !isAnswering, context != nil, !waiting.isEmpty { take(waiting.removeFirst()) }
        if wasFull, waiting.count < Self.maximumWaiting { pause(false) }
    }

    /// Stops or resumes reading from the socket, so that a client that does not wait is slowed down, not stored.
    private func pause(_ isPaused: Bool) {
        guard let channel = context?.channel else { return }
        channel.setOption(.autoRead, value: !isPaused).whenFailure { _ in channel.close(promise: nil) }
    }

    private func closeIfSilent() {
        let now = NIODeadline.now()
        let patience = TimeAmount.seconds(settings.requestTimeout.count)
        if let writingSince {
            if now - writingSince > patience { context?.close(promise: nil) }
        } else if isAnswering {
            return
        } else if reader.isMidRequest, let requestBegan {
            if now - requestBegan > patience { perform(reader.refuse(.timeout)) }
        } else if now - lastProgress > .seconds(settings.idleTimeout.count) {
            context?.close(promise: nil)
        }
    }

    private func release() {
        watch?.cancel()
        watch = nil
        stream?.keepAlive.cancel()
        stream = nil
        context = nil
        let left = line
        line = nil
        left?.agentLeft()
    }
}
