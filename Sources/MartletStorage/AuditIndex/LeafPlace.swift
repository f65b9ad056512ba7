import MartletTransparency

/// Where a leaf and what is sealed beside it stand in the segments.
package struct LeafPlace: Hashable, Sendable {
    package let index: UInt64
    let segment: UInt32
    let offset: Int
    /// Of the whole entry.
    let bytes: Int
    /// Of the sealed entry, in the same segment.
    var payload: PayloadPlace?
}

/// One leaf of a whole batch, with its place.
struct PlacedLeaf: Sendable {
    let leaf: [UInt8]
    let hash: MerkleHash
    var place: LeafPlace
}
