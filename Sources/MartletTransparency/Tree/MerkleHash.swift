import Crypto

/// The hash of a leaf or of a node of the tree: 32 bytes of SHA-256.
///
/// Leaves and nodes are hashed with different first bytes, so that neither can pass as the other.
/// Source: RFC 6962, section 2.1; RFC 9162, section 2.1.1.
package struct MerkleHash: Hashable, Sendable, CustomStringConvertible {
    // Four words in memory order instead of an array: a tree of a million leaves needs no allocation for its hashes.
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private var fourth: UInt64 = 0

    /// The root of the tree without leaves: the SHA-256 of nothing.
    package static let empty = MerkleHash(SHA256().finalize())

    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        unsafe withUnsafeMutableBytes(of: &self) { unsafe $0.copyBytes(from: bytes) }
    }

    private init(_ digest: SHA256.Digest) {
        unsafe digest.withUnsafeBytes { source in
            unsafe withUnsafeMutableBytes(of: &self) { unsafe $0.copyMemory(from: source) }
        }
    }

    package static func leaf(_ bytes: [UInt8]) -> MerkleHash { leaf(bytes[...]) }

    /// The hash of a leaf that stands among others.
    package static func leaf(_ bytes: ArraySlice<UInt8>) -> MerkleHash {
        var hasher = SHA256()
        hasher.update(byte: 0x00)
        unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        return MerkleHash(hasher.finalize())
    }

    package static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        var hasher = SHA256()
        hasher.update(byte: 0x01)
        unsafe withUnsafeBytes(of: left) { unsafe hasher.update(bufferPointer: $0) }
        unsafe withUnsafeBytes(of: right) { unsafe hasher.update(bufferPointer: $0) }
        return MerkleHash(hasher.finalize())
    }

    package var bytes: [UInt8] { unsafe withUnsafeBytes(of: self) { unsafe [UInt8]($0) } }

    /// Standard base64, the form used in checkpoints.
    package var description: String { Base64.encode(bytes) }
}

extension SHA256 {
    fileprivate mutating func update(byte: UInt8) {
        unsafe withUnsafeBytes(of: byte) { unsafe update(bufferPointer: $0) }
    }
}
