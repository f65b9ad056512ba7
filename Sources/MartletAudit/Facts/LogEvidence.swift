package import MartletCore

/// What others state about the log, and what becomes of the key that signs it.
package enum LogEvidence: Sendable {
    /// Enough witnesses signed the checkpoint of this size.
    case witnessed(CheckpointFacts, witnesses: [String])
    /// For longer than allowed not enough witnesses signed; each that is missing, with the reason.
    case witnessLost(CheckpointFacts?, missing: [String], reasons: [String])
    /// The key that signs checkpoints was replaced; both are verifier keys.
    case keyRotated(old: String, new: String)
    /// A timestamp authority signed the checkpoint of this size; the token lies in `file`.
    case timestamped(CheckpointFacts, authority: String, token: Digest, file: String)

    var type: RecordType {
        switch self {
        case .witnessed: .checkpointWitnessed
        case .witnessLost: .checkpointWitnessLost
        case .keyRotated: .keyRotated
        case .timestamped: .checkpointTimestamped
        }
    }
}

/// The checkpoint that is meant.
package struct CheckpointFacts: Hashable, Sendable {
    package let size: UInt64
    package let root: Digest

    package init(size: UInt64, root: Digest) {
        self.size = size
        self.root = root
    }
}
