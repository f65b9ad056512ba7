package import MartletTransparency

/// What opening a log found and did.
package struct RecoveryReport: Hashable, Sendable {
    /// Leaves in the log.
    package let size: UInt64
    package let root: MerkleHash
    package let segments: Int
    /// Whether the log was made by this start.
    package let isNew: Bool
    /// Whether the writer before this one ended without stating all its leaves; its last segment was then copied to
    /// fresh blocks.
    package let wasInterrupted: Bool
    /// The unacknowledged batch that was cut off.
    package let quarantined: QuarantinedTail?
}

/// An unfinished batch, moved out of the log and kept.
package struct QuarantinedTail: Hashable, Sendable {
    package let tail: UnfinishedTail
    /// The file that holds its bytes.
    package let path: String
}
