/// The bytes of a tile of hashes: 1 to 256 hashes of 32 bytes, one after the other. Source: C2SP tlog-tiles.
package enum HashTile {
    package static func encode(_ hashes: [MerkleHash]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32 * hashes.count)
        for hash in hashes { bytes.append(contentsOf: hash.bytes) }
        return bytes
    }

    /// nil unless there are exactly `width` hashes.
    package static func decode(_ bytes: [UInt8], width: Int) -> [MerkleHash]? {
        guard bytes.count == 32 * width else { return nil }
        return stride(from: 0, to: bytes.count, by: 32).compactMap { MerkleHash(bytes: bytes[$0..<($0 + 32)]) }
    }
}
