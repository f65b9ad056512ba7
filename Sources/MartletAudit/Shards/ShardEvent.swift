package import MartletCore

/// The end of one log, the beginning of the next, and what is given up of the old ones. Source: ADR-0036.
package enum ShardEvent: Hashable, Sendable {
    /// The last record of a log.
    case closed(ShardClosing)
    /// What the log before was, in the log that goes on from it.
    case opened(ShardOpening)
    /// What the log before said that still counts; one of the parts.
    case carried(CarriedPart)
    /// A closed log is about to be removed.
    case retired(RetentionFacts)

    var type: RecordType {
        switch self {
        case .closed: .shardClosed
        case .opened: .shardOpened
        case .carried: .shardCarried
        case .retired: .retentionApplied
        }
    }
}

/// Why a log ends, and what its next one is called.
package struct ShardClosing: Hashable, Sendable {
    /// Of the log that ends, from 1 on.
    package let number: Int
    package let next: LogName
    /// Nil when its time was over.
    package let order: ShardOrder?

    package init(number: Int, next: LogName, order: ShardOrder?) {
        (self.number, self.next, self.order) = (number, next, order)
    }
}

/// A log as outsiders know it.
package struct LogName: Hashable, Sendable {
    package let origin: String
    /// The verifier key (C2SP signed-note).
    package let verifierKey: String

    package init(origin: String, verifierKey: String) {
        (self.origin, self.verifierKey) = (origin, verifierKey)
    }
}

/// An operator's word that the next start closes the log.
package struct ShardOrder: Hashable, Sendable {
    /// Of the operator, as the system knows them.
    package let user: UInt32
    package let reason: String

    package init(user: UInt32, reason: String) {
        (self.user, self.reason) = (user, reason)
    }
}

/// A log that was closed, whole.
package struct ClosedLog: Hashable, Sendable {
    /// From 1 on.
    package let number: Int
    package let name: LogName
    package let checkpoint: CheckpointFacts
    /// Of its first and its last record.
    package let first: UnixTime
    package let last: UnixTime

    package init(number: Int, name: LogName, checkpoint: CheckpointFacts, first: UnixTime, last: UnixTime) {
        (self.number, self.name, self.checkpoint, self.first, self.last) = (number, name, checkpoint, first, last)
    }
}

/// How a log begins that goes on from another one.
package struct ShardOpening: Hashable, Sendable {
    package let previous: ClosedLog
    /// The records before this one that carry over what still counts.
    package let carriedParts: Int

    package init(previous: ClosedLog, carriedParts: Int) {
        (self.previous, self.carriedParts) = (previous, carriedParts)
    }
}

/// A closed log that is given up, and what goes with it.
package struct RetentionFacts: Hashable, Sendable {
    package let closed: ClosedLog
    package let keepDays: Int
    /// Keys that seal nothing in any log that is kept.
    package let keys: Int
    /// People whom no log names that is kept.
    package let people: Int

    package init(closed: ClosedLog, keepDays: Int, keys: Int, people: Int) {
        (self.closed, self.keepDays, self.keys, self.people) = (closed, keepDays, keys, people)
    }
}
