import MartletCore
package import MartletTransparency

/// Compares the roots that heartbeats state with those of the tree they stand in.
///
/// A heartbeat states the log at the end of a batch a moment before: the newest ends of batches are remembered.
package struct StatedRoots: Sendable {
    private static let memory = 65_536

    private var roots: [UInt64: MerkleHash] = [0: .empty]
    private var order: [UInt64] = []
    private var oldest = 0

    package init() {}

    /// The end of a batch.
    package mutating func take(size: UInt64, root: MerkleHash) {
        roots[size] = root
        order.append(size)
        guard order.count - oldest > Self.memory else { return }
        roots[order[oldest]] = nil
        oldest += 1
        if oldest > Self.memory {
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    /// What is wrong with a record; nil for every one that is no heartbeat.
    package func problem(of entry: TimelineEntry) -> String? {
        guard entry.type == .logHeartbeat, let size = entry.integer("observed", "size").flatMap(UInt64.init(exactly:)),
            size <= entry.index
        else { return nil }
        guard let root = roots[size] else {
            return "it states a log of \(size) records, which ended no batch before it"
        }
        let stated = entry.text("observed", "root")
        guard stated == Digest(bytes: root.bytes)?.description else {
            return "it states another root of the first \(size) records"
        }
        return nil
    }
}
