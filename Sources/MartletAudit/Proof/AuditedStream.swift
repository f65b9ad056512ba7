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

    package let intent: IntentReceipt
    private let log: AuditLog
    private let sink: Sink
    private let isOpen: Mutex<Bool>

    init(intent: IntentReceipt, log: AuditLog, head: ResponseDraft, sink: @escaping Sink) {
        self.intent = intent
        self.log = log
        self.sink = sink
        isOpen = Mutex(true)
        sink(AuditedPart(.head(status: head.status, headers: head.headers)))
        if !head.body.isEmpty { sink(AuditedPart(.event(head.body))) }
    }

    deinit {
        if isOpen.withLock({ $0 }) { log.abandon(intent) }
    }

    /// Sends one event; false when the stream is closed, and nothing was sent.
    @discardableResult
    package func send(_ event: [UInt8]) -> Bool {
        isOpen.withLock { isOpen in
            if isOpen { sink(AuditedPart(.event(event))) }
            return isOpen
        }
    }

    /// Records the outcome, then sends the last event and ends the answer.
    ///
    /// When the outcome cannot be recorded, `withheld` is sent in place of `last`, the answer ends, and the error is
    /// thrown. A second close throws `intentNotOpen` and sends nothing.
    package func close(_ facts: OutcomeFacts, last: [UInt8], withheld: [UInt8]) async throws(AuditError) {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard wasOpen else { throw .intentNotOpen(index: intent.index) }
        do throws(AuditError) {
            try await log.writeOutcome(of: intent, facts)
        } catch {
            finish(with: withheld)
            throw error
        }
        finish(with: last)
    }

    /// For the listener, when the stream is closed: there is no other answer to this request.
    package var answer: AuditedResponse { AuditedResponse(ResponseDraft(status: 0), hasLeft: true) }

    private func finish(with event: [UInt8]) {
        sink(AuditedPart(.event(event)))
        sink(AuditedPart(.end))
    }
}
