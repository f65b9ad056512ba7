package import MartletCore
import MartletJSON

/// What an operator says of a record that asked for somebody. It changes nothing that is on record: the newest word counts.
package struct OperatorWord: Hashable, Sendable {
    package enum Meaning: Hashable, Sendable {
        /// How a call in doubt ended, from whoever asked the upstream.
        case resolved(CallID, ran: Bool)
        /// Somebody looks into an alert.
        case acknowledged
        /// An alert needs nobody any more.
        case closed
    }

    package let meaning: Meaning
    /// The index of the record that it is about.
    package let record: UInt64
    package let by: LocalPeer
    package let reason: String
    /// In which matter, in the words of the operator.
    package let matter: String?

    package init(_ meaning: Meaning, of record: UInt64, by peer: LocalPeer, reason: String, matter: String?) {
        self.meaning = meaning
        self.record = record
        by = peer
        self.reason = reason
        self.matter = matter
    }

    var type: RecordType {
        switch meaning {
        case .resolved: .callResolved
        case .acknowledged: .alertAcknowledged
        case .closed: .alertClosed
        }
    }

    var call: CallID? {
        guard case .resolved(let call, _) = meaning else { return nil }
        return call
    }

    /// Whether `entry` is a record that such a word can be about.
    package func isAbout(_ entry: TimelineEntry) -> Bool {
        guard entry.index == record else { return false }
        return switch meaning {
        case .resolved(let call, _): entry.type == .callInDoubt && entry.call == call
        case .acknowledged, .closed: entry.type == .alertRaised
        }
    }
}

extension JSONWriter {
    /// The groups of its record.
    mutating func word(_ word: OperatorWord) {
        asked(by: word.by)
        group("asserted") { asserted in
            asserted.field("case", bounded: word.matter)
            asserted.field("reason", bounded: SecretScanner.redacted(word.reason), to: 1024)
            if case .resolved(_, let ran) = word.meaning { asserted.field("ran", ran) }
        }
        group("derived") { $0.field("record", word.record) }
    }
}
