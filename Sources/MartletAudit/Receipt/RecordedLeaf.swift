import MartletTransparency

/// Where a record stands in the log, and its hash there.
struct RecordedLeaf: Hashable, Sendable {
    let index: UInt64
    let hash: MerkleHash
}
