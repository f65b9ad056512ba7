import MartletJSON
import MartletMCP
import NIOCore

/// The messages under way to one child process, told apart by ids of our own.
///
/// Confined to its loop. Several callers share the child, so what it says without naming a call reaches no call: only
/// progress with a token that we gave out is handed on, and what changed to those who listen (`ChildListener`).
/// Source: MCP 2026-07-28, Transports, "stdio".
final class StdioConversation {
    enum Trouble: Hashable {
        /// The child closed its output: it is ending.
        case ended
        /// What it writes is no MCP; the reason goes to the log.
        case unreadable(String)
    }

    var dialect: UpstreamDialect
    /// Told of notifications that are about no call.
    var heard: ((_ method: String, _ params: JSONValue?) -> Void)?
    private let channel: any Channel
    private let trouble: (Trouble) -> Void
    private var framer: LineFramer
    private var pending: [Int64: StdioExchange] = [:]
    /// Calls that were given up and not answered yet, whose they were, and until when the child may still be at them.
    private var unanswered: [Int64: (caller: CallerKey, until: NIODeadline)] = [:]
    private let longestCall: TimeAmount
    /// From then on this child is asked to nobody.
    private static let maximumUnanswered = 64
    private var lastID: Int64 = 0
    private var isOver = false
    /// Lines that were no JSON object at all, or requests where there are none: skipped.
    private(set) var strayLines = 0

    init(
        channel: any Channel, dialect: UpstreamDialect, maximumLineBytes: Int, longestCall: TimeAmount,
        trouble: @escaping (Trouble) -> Void
    ) {
        self.longestCall = longestCall
        self.channel = channel
        self.dialect = dialect
        self.trouble = trouble
        framer = LineFramer(maximumLineBytes: maximumLineBytes)
    }

    var count: Int { pending.count }
    var nextDeadline: NIODeadline? { pending.values.lazy.map(\.deadline).min() }

    // MARK: - Sending

    /// Writes a message. From here on its call may run, unless this fails at once.
    func start(_ exchange: StdioExchange) {
        guard !isOver, channel.isActive else { return exchange.completion(.failure(.unreachable("process has ended"))) }
        guard channel.isWritable else { return exchange.completion(.failure(.busy)) }
        guard !exchange.isModernOnly || dialect.version.era == .modern else {
            return exchange.completion(.failure(.unprompted))
        }
        lastID += 1
        pending[lastID] = exchange
        send(exchange.message(lastID, dialect))
    }

    func send(_ message: OutboundMessage) {
        var line = channel.allocator.buffer(capacity: message.body.count + 1)
        line.writeBytes(message.body)
        line.writeInteger(UInt8(ascii: "\n"))
        channel.writeAndFlush(line, promise: nil)
    }

    /// Gives up the messages whose deadline has passed, and tells the child so.
    func expire(_ now: NIODeadline) {
        for (id, exchange) in pending where exchange.deadline <= now {
            forget(id, exchange)
            if exchange.isCancellable {
                send(UpstreamRequest.cancelled(id: id, reason: "timeout", dialect))
            }
            exchange.completion(.failure(.timedOut))
        }
    }

    /// Gives up one message, and tells the child so; false when it is not under way.
    func cancel(_ number: Int64) -> Bool {
        guard let (id, exchange) = pending.first(where: { $0.value.number == number }) else { return false }
        forget(id, exchange)
        send(UpstreamRequest.cancelled(id: id, reason: "cancelled", dialect))
        exchange.completion(.failure(.cancelled))
        return true
    }

    /// Ends the conversation: every message under way fails, and the child sees its input close.
    ///
    /// Its output stays open, so that it can end in peace; what it still says is dropped.
    func end(_ failure: UpstreamFailure) {
        guard !isOver else { return }
        isOver = true
        channel.close(mode: .output, promise: nil)
        let broken = pending.values
        pending = [:]
        for exchange in broken { exchange.completion(.failure(failure)) }
    }

    /// The process is gone: nothing is left to read.
    func bury() {
        end(.brokenOff)
        channel.close(promise: nil)
    }

    // MARK: - Receiving

    func receive(_ bytes: ByteBuffer) {
        guard !isOver else { return }
        do {
            for line in try framer.consume(Array(bytes.readableBytesView)) where !isOver { read(line) }
        } catch {
            fail(.tooLarge, "line too long")
        }
    }

    func outputEnded() {
        guard !isOver else { return }
        end(.brokenOff)
        trouble(.ended)
    }

    private func fail(_ failure: UpstreamFailure, _ reason: String) {
        guard !isOver else { return }
        end(failure)
        trouble(.unreadable(reason))
    }

    private func read(_ line: [UInt8]) {
        guard line.first(where: { $0 != 0x20 && $0 != 0x09 }) == UInt8(ascii: "{") else {
            strayLines += 1
            return
        }
        switch UpstreamMessage.parse(line) {
        case .response(let id, let answer): settle(id, answer, bytes: line.count)
        case .notification(let method, let params): relay(method, params)
        // A modern child has nothing to ask this way, and nothing but requests and notifications is written to it.
        // Source: MCP 2026-07-28, Transports, "stdio".
        case .request where dialect.version.era == .modern: strayLines += 1
        case .request(let id, let method, let params): answer(id, method, params)
        case .garbage(let reason): fail(.garbage(reason.rawValue), reason.rawValue)
        }
    }

    /// A question goes to the one call that it can be about; otherwise it is refused.
    private func answer(_ id: RequestID, _ method: String, _ params: JSONValue?) {
        guard channel.isWritable else { return fail(.brokenOff, "asks, and does not read its input") }
        if method == Method.ping.rawValue { return send(UpstreamRequest.pong(to: id, dialect)) }
        guard askable()?.hearing.question?(id, method, params) == true else {
            return send(UpstreamRequest.refusal(of: id, method: method, dialect))
        }
    }

    /// The only call under way, when nobody else's call can be meant: a question on this pipe names none, and a child that
    /// was told of a cancellation may still be at that call. Source: docs/adr/0013-questions-of-upstreams.md.
    private func askable() -> StdioExchange? {
        guard dialect.version.era == .legacy else { return nil }
        // A child need not answer what was cancelled: kept for ever, one such call would end all questions.
        let now = channel.eventLoop.now
        unanswered = unanswered.filter { $0.value.until > now }
        let calls = pending.values.filter { $0.caller != nil }
        guard calls.count == 1, let only = calls.first, unanswered.count < Self.maximumUnanswered,
            unanswered.values.allSatisfy({ $0.caller == only.caller })
        else { return nil }
        return only
    }

    private func forget(_ id: Int64, _ exchange: StdioExchange) {
        pending[id] = nil
        guard let caller = exchange.caller, unanswered.count < Self.maximumUnanswered else { return }
        unanswered[id] = (caller, channel.eventLoop.now + longestCall)
    }

    func reply(_ answer: InputAnswer, to question: RequestID, of number: Int64) -> Bool {
        guard channel.isWritable, pending.contains(where: { $0.value.number == number }) else { return false }
        send(UpstreamRequest.answer(answer, to: question, dialect))
        return true
    }

    func extend(_ number: Int64, to deadline: NIODeadline) -> Bool {
        guard let id = pending.first(where: { $0.value.number == number })?.key else { return false }
        pending[id]?.deadline = deadline
        return true
    }

    /// An answer to an id that is not under way is a late one: dropped. An error without id belongs to the only call.
    private func settle(_ id: RequestID?, _ answer: UpstreamAnswer, bytes: Int) {
        let number: Int64?
        switch id {
        case .number(let text)?: number = Int64(text)
        case .string?: number = nil
        case nil:
            let calls = pending.filter { !$0.value.isStanding }
            number = calls.count == 1 ? calls.keys.first : nil
        }
        guard let number, let exchange = pending.removeValue(forKey: number) else {
            if let number { unanswered[number] = nil }
            return
        }
        exchange.completion(.success((answer, bytes)))
    }

    /// Hands on progress of a call under way. A log line names no call, so it reaches nobody: whose it is cannot be told
    /// where several callers share the child. Source: docs/adr/0010-streams.md.
    private func relay(_ method: String, _ params: JSONValue?) {
        guard let token = params?.member("progressToken")?.integer, let relay = pending[token]?.hearing.relay,
            let notice = UpstreamNotice(method: method, params: params, ofCall: token), notice.kind == .progress,
            relay.wants(notice)
        else {
            heard?(method, params)
            return
        }
        relay.side.hear(notice)
    }
}

/// Hands a child's output to its conversation.
final class StandardOutputReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    var conversation: StdioConversation?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { conversation?.receive(unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { conversation?.outputEnded() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { conversation?.outputEnded() }
    }
}
