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
        var leaves: [[UInt8]] = []
        leaves.reserveCapacity(width)
        var position = 0
        while position < bytes.count {
            guard leaves.count < width, position + 2 <= bytes.count else { return nil }
            let start = position + 2
            let end = start + (Int(bytes[position]) << 8 | Int(bytes[position + 1]))
            guard end <= bytes.count else { return nil }
            leaves.append(Array(bytes[start..<end]))
            position = end
        }
        return leaves.count == width ? leaves : nil
    }
}
