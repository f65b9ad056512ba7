import MartletCore
import MartletMCP
import NIOCore
import Synchronization

/// One standing stream at an HTTP upstream: the answer to a `subscriptions/listen`, or to GET in a session.
///
/// It reads on the loop of its connection. What it does not ask for, or has not been promised, is dropped.
final class UpstreamStream: CallSide {
    /// How a stream ended.
    enum End: Sendable {
        /// The connection or the stream broke off; the session era may say where to go on.
        case broken(lastEventID: String?, pause: TimeAmount?)
        /// The upstream answered something else than a stream.
        case refused(status: Int)
        case failed(UpstreamFailure)

        /// Why the upstream is not heard. A stream that we have given up ourselves did not begin in time.
        var failure: UpstreamFailure {
            switch self {
            case .broken: .brokenOff
            case .refused(let status): .garbage("status \(status)")
            case .failed(.cancelled): .timedOut
            case .failed(let failure): failure
            }
        }
    }

    private struct State {
        var running: (any RunningCall)?
        var isCancelled = false
        var accepted: ListenFilter?
        var unanswered = 0
    }

    let number: Int64
    /// What was asked for.
    let filter: ListenFilter
    /// Set in the session era: how to answer what the upstream asks.
    private let answer: (@Sendable (RequestID, _ method: String, _ done: @escaping @Sendable () -> Void) -> Void)?
    private let watch: ChangeWatch
    private let state = Mutex(State())
    /// Questions that have no answer from us yet.
    private static let maximumUnanswered = 16

    init(
        _ number: Int64, _ filter: ListenFilter, of watch: ChangeWatch,
        answering answer: (@Sendable (RequestID, String, @escaping @Sendable () -> Void) -> Void)? = nil
    ) {
        self.number = number
        self.filter = filter
        self.watch = watch
        self.answer = answer
    }

    private var isOfSession: Bool { answer != nil }

    // MARK: - While it is opened and closed

    func attach(_ running: any RunningCall) -> Bool {
        state.withLock { state in
            state.running = running
            return !state.isCancelled
        }
    }

    func cancel() {
        let running = state.withLock { state in
            state.isCancelled = true
            return state.running
        }
        running?.cancel()
    }

    /// The head of a stream has come. A session's stream is open then, a modern one when it is acknowledged.
    func began() {
        if isOfSession { watch.post(.opened(number)) }
    }

    func ended(_ result: Result<HTTPAnswer, UpstreamFailure>) {
        let end: End =
            switch result {
            case .failure(let failure): .failed(failure)
            case .success(let answer):
                if case .streamEnded(let id, let pause) = answer.content {
                    .broken(lastEventID: id, pause: pause)
                } else {
                    .refused(status: answer.status)
                }
            }
        watch.post(.ended(number, end))
    }

    /// Of calls only; a standing stream hears `receive`.
    func hear(_ notice: UpstreamNotice) {}

    // MARK: - What it says

    /// Takes one message; false when the stream is over with it.
    func receive(_ bytes: [UInt8]) -> Bool {
        switch UpstreamMessage.parse(bytes) {
        case .notification(let method, let params):
            if isOfSession {
                if let change = Change(method: method, params: params) { watch.tell(change) }
            } else if let message = ListenMessage(method: method, params: params, ofRequest: number) {
                take(message)
            }
            return true
        case .request(let id, let method, _):
            ask(id, method)
            return true
        case .response(let id, _): return isOfSession || id != nil && id != .number(String(number))
        case .garbage: return false
        }
    }

    private func take(_ message: ListenMessage) {
        switch message {
        case .acknowledged(let promised):
            let isFirst = state.withLock { state in
                guard state.accepted == nil, !state.isCancelled else { return false }
                state.accepted = promised.intersection(filter)
                return true
            }
            if isFirst { watch.post(.opened(number)) }
        case .changed(let change):
            if state.withLock({ $0.accepted?.covers(change) ?? false }) { watch.tell(change) }
        }
    }

    /// Nobody calls, so there is nobody to ask: `ping` is answered, everything else refused.
    private func ask(_ id: RequestID, _ method: String) {
        guard let answer else { return }
        let mayAnswer = state.withLock { state in
            guard state.unanswered < Self.maximumUnanswered else { return false }
            state.unanswered += 1
            return true
        }
        guard mayAnswer else { return }
        answer(id, method) { [weak self] in self?.state.withLock { $0.unanswered -= 1 } }
    }
}
