package import MartletTransparency

/// Where records become durable: `SegmentStore` on disk, `MemoryAuditStore` in tests.
///
/// Source: docs/adr (durable before the effect); C2SP tlog-tiles, "Log entries".
package protocol AuditStore: Sendable {
    /// Appends one entry and returns the index of its leaf, counted from 0 without gaps.
    ///
    /// When it returns, leaf and payload survive power loss. When it throws, the entry may or may not be there:
    /// callers treat it as not recorded. Concurrent appends are allowed and get distinct indexes.
    func append(_ entry: AuditEntry) async throws(AuditError) -> UInt64

    /// Puts one entry behind everything that waits and returns at once: it becomes durable with the next batch.
    ///
    /// When it throws, the entry is not taken. When it was taken and does not become durable, or nobody knows, `lost` is called
    /// once, on any thread; else never. What one caller puts and appends keeps its order.
    func enqueue(_ entry: AuditEntry, lost: @escaping @Sendable (AuditError) -> Void) throws(AuditError)
}

/// One record on its way to the store.
package struct AuditEntry: Sendable {
    /// JSON, UTF-8, 1 to 65,535 bytes. The tree hashes these bytes; nothing ever re-serialises them.
    package let leaf: [UInt8]
    /// The hash of the leaf in the tree; made here, on the caller's thread: the writer's cannot be multiplied.
    package let hash: MerkleHash
    /// The sealed values the leaf commits to; stored beside the leaf under the same fsync, outside the tree.
    package let payload: [UInt8]?
    /// Whether the entry may use the reserve space.
    ///
    /// When the disk fills up, entries that would permit something (intents, tool lists) and entries a stranger can
    /// provoke (failed authentication) are refused first; outcomes, denials and events still fit.
    package let isEssential: Bool

    /// The largest leaf: entry bundles of tlog-tiles prefix each leaf with a 16-bit length.
    package static let maximumLeafBytes = 65_535

    package init(leaf: [UInt8], payload: [UInt8]?, isEssential: Bool) {
        self.leaf = leaf
        hash = .leaf(leaf)
        self.payload = payload
        self.isEssential = isEssential
    }
}
