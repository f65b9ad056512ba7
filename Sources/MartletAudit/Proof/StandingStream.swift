import Synchronization

/// A stream on which an agent hears what changed while it calls nothing. The proof that its opening is on record.
///
/// Only `AuditLog` makes one, and there is no other way to write to the connection of a request that has such an answer.
/// It ends once: from then on nothing is sent, and exactly one `stream.closed` is written by the next flush. A reference,
/// because whoever tells it something and whoever ends it are on different threads.
package final class StandingStream: Sendable {
    private enum Phase {
        case open(sent: Int)
        case ended
    }

    package let facts: StreamFacts
    private let opened: UInt64
    private let log: AuditLog
    private let sink: AuditedStream.Sink
    private let phase = Mutex(Phase.open(sent: 0))

    init(facts: StreamFacts, opened: UInt64, log: AuditLog, head: ResponseDraft, sink: @escaping AuditedStream.Sink) {
        self.facts = facts
        self.opened = opened
        self.log = log
        self.sink = sink
        sink(AuditedPart(.head(status: head.status, headers: head.headers)))
    }

    deinit { end(.abandoned, last: nil) }

    /// Sends the first bytes, which are no notification.
    package func begin(with event: [UInt8]) {
        phase.withLock { phase in
            if case .open = phase { sink(AuditedPart(.event(event))) }
        }
    }

    /// Whether anything can still be sent.
    package var isOpen: Bool {
        phase.withLock { phase in
            guard case .open = phase else { return false }
            return true
        }
    }

    /// Sends one notification; false when the stream has ended, and nothing was sent.
    @discardableResult
    package func send(_ event: [UInt8]) -> Bool {
        phase.withLock { phase in
            guard case .open(let sent) = phase else { return false }
            phase = .open(sent: sent + 1)
            sink(AuditedPart(.event(event)))
            return true
        }
    }

    /// Ends the stream at once, with `last` as its last message; a second end does nothing.
    ///
    /// First the connection is cut, then that is recorded: a revocation does not wait for a disk. The last pieces leave
    /// outside of the lock: the connection may take them at once, on this very stack, and ask for more, which is refused.
    package func end(_ end: StreamEnd, last: [UInt8]?) {
        let sent: Int? = phase.withLock { phase in
            guard case .open(let sent) = phase else { return nil }
            phase = .ended
            return sent
        }
        guard let sent else { return }
        if let last { sink(AuditedPart(.event(last))) }
        sink(AuditedPart(.end))
        log.note(facts, opened: opened, end, sent: sent)
    }

    /// For the listener: the answer to this request is the stream, which goes on after it.
    package var answer: AuditedResponse { AuditedResponse(ResponseDraft(status: 0), hasLeft: true, goesOn: true) }
}
