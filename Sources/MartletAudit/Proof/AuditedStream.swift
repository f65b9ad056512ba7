import Synchronization

/// One piece of a streamed answer that may leave: it belongs to a call whose intent is durable.
package struct AuditedPart: Sendable {
    package enum Content: Sendable {
        case head(status: Int, headers: [(name: String, value: String)])
        case event([UInt8])
        case end
    }
    package let content: Content
    init(_ content: Content) { self.content = content }
}

/// The answer of one call sent in pieces. It is opened by an intent and closed by exactly one outcome.
///
/// A stream that is dropped without `close` reports its call as abandoned: the next `flushCoalesced` writes
/// `call.in_doubt` for it. A reference, because the relay of an upstream's notifications holds it while it is closed.
package final class AuditedStream: Sendable {
    package typealias Sink = @Sendable (AuditedPart) -> Void

    private struct State {
        var intent: IntentReceipt
        var isOpen = true
    }

    private let log: AuditLog
    private let sink: Sink
    private let state: Mutex<State>

    /// Of the round that is under way.
    package var intent: IntentReceipt { state.withLock { $0.intent } }

    init(intent: IntentReceipt, log: AuditLog, head: ResponseDraft, sink: @escaping Sink) {
        self.log = log
        self.sink = sink
        state = Mutex(State(intent: intent))
        sink(AuditedPart(.head(status: head.status, headers: head.headers)))
        if !head.body.isEmpty { sink(AuditedPart(.event(head.body))) }
    }

    deinit {
        let state = state.withLock { $0 }
        if state.isOpen { log.abandon(state.intent) }
    }

    /// The call goes on with its next round: what the stream ends with is the outcome of `intent`.
    package func goOn(with intent: IntentReceipt) { state.withLock { $0.intent = intent } }

    /// Ends the answer with one that is on record already, in the form of an event.
    package func end(with recorded: consuming AuditedResponse, framed: (ResponseDraft) -> [UInt8]) {
        let wasOpen = state.withLock { state in
            defer { state.isOpen = false }
            return state.isOpen
        }
        if wasOpen { finish(with: framed(recorded.draft)) }
    }

    /// Sends one event; false when the stream is closed, and nothing was sent.
    @discardableResult
    package func send(_ event: [UInt8]) -> Bool {
        state.withLock { state in
            if state.isOpen { sink(AuditedPart(.event(event))) }
            return state.isOpen
        }
    }

    /// Records the outcome, then sends the last event and ends the answer.
    ///
    /// When the outcome cannot be recorded, `withheld` is sent in place of `last`, the answer ends, and the error is
    /// thrown. A second close throws `intentNotOpen` and sends nothing.
    package func close(
        _ facts: OutcomeFacts, last: ResponseDraft, withheld: ResponseDraft, framed: (ResponseDraft) -> [UInt8]
    ) async throws(AuditError) {
        let (wasOpen, intent) = state.withLock { state in
            defer { state.isOpen = false }
            return (state.isOpen, state.intent)
        }
        guard wasOpen else { throw .intentNotOpen(index: intent.index) }
        let leaf: RecordedLeaf
        do throws(AuditError) {
            leaf = try await log.writeOutcome(of: intent, facts)
        } catch {
            finish(with: framed(withheld))
            throw error
        }
        finish(with: framed(log.completed(last, with: leaf)))
    }

    /// For the listener, when the stream is closed: there is no other answer to this request.
    package var answer: AuditedResponse { AuditedResponse(ResponseDraft(status: 0), hasLeft: true) }

    private func finish(with event: [UInt8]) {
        sink(AuditedPart(.event(event)))
        sink(AuditedPart(.end))
    }
}
