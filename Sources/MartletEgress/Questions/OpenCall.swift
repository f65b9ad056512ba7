import MartletAudit
import MartletCore
import MartletJSON
import MartletMCP
import NIOCore
import Synchronization

/// A running exchange that can wait longer than it was meant to.
protocol PatientCall: RunningCall {
    func extend(to deadline: NIODeadline)
}

/// One call to a session-era upstream on which the upstream may ask: what comes from there, in order, and who waits.
///
/// It stands between the exchange and the caller, whose side changes when a modern agent comes back with an answer. Made
/// for callers that can be asked; every other call takes the direct way.
final class OpenCall<Ended: Sendable>: CallSide, HeldCall {
    /// What the era and the transport do differently.
    struct Ways: Sendable {
        /// Sends an answer under the upstream's own id; false when the upstream did not take it.
        var reply: @Sendable (InputAnswer, RequestID) async -> Bool
        /// Makes the result of what the exchange ended with; takes up a broken stream, tells of a timeout.
        var conclude: @Sendable (Ended, any CallSide) async -> UpstreamResult
        /// Tells the upstream that the call is given up, where closing the exchange does not.
        var tellCancelled: @Sendable () -> Void
    }

    enum Event: Sendable {
        case asked(Asked)
        case ended(Ended)
    }

    struct Asked: Sendable {
        let id: RequestID
        let required: InputRequired
    }

    private struct State {
        /// Nobody while a question is open: what is said then is for no call of whoever holds the line by now.
        var relay: CallRelay?
        var running: (any PatientCall)?
        var events: [Event] = []
        var waiter: CheckedContinuation<Event, Never>?
        var open: Asked?
        var asked = 0
    }

    private let state: Mutex<State>
    private let ways: Ways
    private let agent: AgentCapabilities
    private let timeout: TimeAmount
    private let hardEnd: NIODeadline
    /// So many may wait in line; the rounds of a call are counted elsewhere.
    private static var maximumWaiting: Int { 4 }
    /// However often the upstream asks: no call waits longer for its agent in all.
    private static var patience: TimeAmount { .minutes(30) }

    init(relay: CallRelay?, agent: AgentCapabilities, timeout: TimeAmount, ways: Ways) {
        state = Mutex(State(relay: relay))
        self.agent = agent
        self.timeout = timeout
        self.ways = ways
        hardEnd = .now() + timeout + Self.patience
    }

    // MARK: - The upstream's side

    /// Takes a question; false when this agent cannot be asked it, and then the upstream is to be refused.
    ///
    /// From here on a person is waited for, not the upstream: the call's own timeout stands still.
    func ask(_ id: RequestID, _ method: String, _ params: JSONValue?) -> Bool {
        do throws(CallResult.Defect) {
            let number = state.withLock { state in
                state.asked += 1
                return state.asked
            }
            let required = try InputRequired("question\(number)", method: method, params: params)
            guard required.missing(from: agent) == nil else { return false }
            guard state.withLock({ $0.events.count < Self.maximumWaiting }) else { return false }
            state.withLock { $0.running }?.extend(to: hardEnd)
            push(.asked(Asked(id: id, required: required)))
            return true
        } catch {
            return false
        }
    }

    func end(_ ended: Ended) {
        state.withLock { $0.running = nil }
        push(.ended(ended))
    }

    private func push(_ event: Event) {
        let waiter = state.withLock { state in
            guard let waiter = state.waiter else {
                state.events.append(event)
                return nil as CheckedContinuation<Event, Never>?
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: event)
    }

    // MARK: - The caller's side

    /// What comes next; one waits at a time. Bounded by the deadline of the exchange.
    func next() async -> Event {
        await withCheckedContinuation { continuation in
            let event = state.withLock { state -> Event? in
                guard state.events.isEmpty else { return state.events.removeFirst() }
                state.waiter = continuation
                return nil
            }
            if let event { continuation.resume(returning: event) }
        }
    }

    /// Waits for the result or the next question.
    func result(of event: Event) async -> UpstreamResult {
        switch event {
        case .ended(let ended):
            defer { state.withLock { $0.running = nil } }
            return await ways.conclude(ended, self)
        case .asked(let asked):
            state.withLock { state in
                state.open = asked
                state.relay = nil
            }
            return .asked(asked.required, self)
        }
    }

    func goOn(_ recorded: consuming RecordedCall, relaying relay: CallRelay?) async -> UpstreamResult {
        let (asked, running) = state.withLock { ($0.open, $0.running) }
        guard let asked, let question = asked.required.questions.first else { return .failed(.closed) }
        let said = recorded.call.input.responses?[question.key]
        guard let answer = InputAnswer(said, to: question) else { return .asked(asked.required, self) }
        state.withLock { state in
            state.relay = relay
            state.open = nil
        }
        if let relay, let running, !relay.side.attach(running) {
            giveUp()
            return .failed(.cancelled)
        }
        running?.extend(to: min(hardEnd, .now() + timeout))
        guard await ways.reply(answer, asked.id) else {
            giveUp()
            return .failed(.brokenOff)
        }
        return await result(of: await next())
    }

    func giveUp() {
        state.withLock { $0.running }?.cancel()
        ways.tellCancelled()
    }

    // MARK: - Between the two

    func hear(_ notice: UpstreamNotice) {
        guard let relay = state.withLock({ $0.relay }) else { return }
        if relay.wants(notice) { relay.side.hear(notice) }
    }

    func attach(_ running: any RunningCall) -> Bool {
        let side = state.withLock { state in
            state.running = running as? any PatientCall
            return state.relay?.side
        }
        return side?.attach(running) ?? true
    }
}
