/// The bytes of a tile of leaves: each after its length as two bytes, the higher one first.
///
/// Source: C2SP tlog-tiles, "Log entries".
package enum EntryBundle {
    /// The longest leaf that can be written.
    package static let maximumLeafBytes = Int(UInt16.max)

    /// Adds one leaf to a bundle; false, and nothing added, when it is too long.
    package static func append(_ leaf: [UInt8], to bundle: inout [UInt8]) -> Bool {
        guard let length = UInt16(exactly: leaf.count) else { return false }
        bundle.append(UInt8(truncatingIfNeeded: length >> 8))
        bundle.append(UInt8(truncatingIfNeeded: length))
        bundle.append(contentsOf: leaf)
        return true
    }

    /// The leaves of a bundle; nil unless there are exactly `width`, and nothing after the last one.
    package static func decode(_ bytes: [UInt8], width: Int) -> [[UInt8]]? {
        guard let leaves = leaves(bytes, limit: width + 1), leaves.count == width else { return nil }
        return leaves
    }

    /// The first leaves of a bundle, at most `limit`; nil when one of them is cut short.
    package static func leaves(_ bytes: [UInt8], limit: Int) -> [[UInt8]]? {
        var leaves: [[UInt8]] = []
        leaves.reserveCapacity(min(limit, TilePath.fullWidth))
        var position = 0
        while position < bytes.count, leaves.count < limit {
            guard let leaf = leaf(bytes, at: position) else { return nil }
            leaves.append(Array(bytes[leaf]))
            position = leaf.upperBound
        }
        return leaves
    }

    /// Where the leaf is whose length stands at `position`; nil when it is cut short.
    package static func leaf(_ bytes: [UInt8], at position: Int) -> Range<Int>? {
        guard position + 2 <= bytes.count else { return nil }
        let start = position + 2
        let end = start + (Int(bytes[position]) << 8 | Int(bytes[position + 1]))
        return end <= bytes.count ? start..<end : nil
    }
}
