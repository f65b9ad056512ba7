import MartletCore
import MartletJSON

/// What is recorded about the erasure of one subject's sealed values. The subject stands there by its pseudonym only.
package struct ErasureFacts: Hashable, Sendable {
    /// Names the erasure in all of its records: `er-` and 24 hex digits.
    package var id: String
    package var subject: Pseudonym
    /// The keys that are destroyed: all that the subject had when it was asked for, or those of one quarter.
    package var keys: [KeyID]
    package var quarter: Quarter?
    /// The operator's name for the matter, e.g. a ticket.
    package var matter: String
    /// On what legal basis, in the operator's words.
    package var reason: String
    /// Who asked.
    package var by: LocalPeer
    /// Of how many approvals arguments or names were taken out; known when it is done.
    package var approvals: Int?

    /// So many keys fit one record with certainty.
    static let maximumKeys = 1000
}

/// What is recorded about a legal hold: while it is on, no key it covers is destroyed.
package struct HoldFacts: Hashable, Sendable {
    /// `ho-` and 24 hex digits.
    package var id: String
    /// Nil for everybody.
    package var subject: Pseudonym?
    package var matter: String
    package var by: LocalPeer
}

extension JSONWriter {
    /// The groups of the records of an erasure.
    mutating func erasure(_ facts: ErasureFacts, _ rest: (inout JSONWriter) -> Void = { _ in }) {
        asked(by: facts.by, for: facts.matter, because: facts.reason)
        group("derived") { derived in
            derived.field("erasure", facts.id)
            derived.field("subject", facts.subject.rawValue)
            if let quarter = facts.quarter { derived.field("quarter", quarter.description) }
            derived.key("keys")
            derived.beginArray()
            for key in facts.keys.prefix(ErasureFacts.maximumKeys) { derived.string(key.rawValue) }
            derived.endArray()
            if let approvals = facts.approvals { derived.field("approvals", approvals) }
            rest(&derived)
        }
    }

    /// The groups of the records of a hold.
    mutating func hold(_ facts: HoldFacts) {
        asked(by: facts.by, for: facts.matter, because: nil)
        group("derived") { derived in
            derived.field("hold", facts.id)
            derived.field("all", facts.subject == nil)
            if let subject = facts.subject { derived.field("subject", subject.rawValue) }
        }
    }

    /// The kernel vouches for the process that asked.
    mutating func asked(by peer: LocalPeer) {
        group("verified") { verified in
            verified.field("uid", peer.user)
            verified.field("pid", peer.process)
        }
    }

    /// Matter and reason are what the process says.
    private mutating func asked(by peer: LocalPeer, for matter: String, because reason: String?) {
        asked(by: peer)
        group("asserted") { asserted in
            asserted.field("case", bounded: matter)
            asserted.field("reason", bounded: reason, to: 1024)
        }
    }
}
