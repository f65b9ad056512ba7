/// The first place where a log is not what its writer wrote.
package struct SegmentFault: Error, Hashable, Sendable {
    package enum Kind: Error, Hashable, Sendable {
        /// The header is not one of this format, or belongs to another segment.
        case headerDamaged
        /// The tree in the header is not the tree of the segments before.
        case headerContradictsTree
        case wrongFileSize
        case segmentMissing
        case checksumMismatch
        case lengthOutOfRange
        case unknownKind
        case indexOutOfOrder
        /// Entries without the trailer that ends a batch.
        case batchIncomplete
        case trailerContradictsTree
        /// Something stands where there should be zeros only.
        case bytesAfterEnd
        case unreadable(FileError)
    }

    /// Name of the segment file.
    package let segment: String
    /// Where in the file, in bytes.
    package let offset: Int
    /// The first leaf that cannot be vouched for.
    package let index: UInt64
    package let kind: Kind
}

extension SegmentFault: CustomStringConvertible {
    package var description: String { "\(kind) in \(segment) at offset \(offset), leaf \(index)" }
}

/// What stands after the last whole batch of a log: a batch that was being written, and was acknowledged to nobody.
package struct UnfinishedTail: Hashable, Sendable {
    package let segment: String
    package let offset: Int
    /// From `offset` to the last byte that is not zero.
    package let bytes: Int
    /// Why it is no batch.
    package let fault: SegmentFault
}

/// Where the sealed values of one leaf stand, to be read once more without all the others.
package struct PayloadPlace: Hashable, Sendable {
    /// The leaf they belong to.
    package let index: UInt64
    let segment: UInt32
    let offset: Int
    /// Of the whole entry.
    let bytes: Int
}

/// One leaf with its sealed values.
package struct SegmentRecord: Hashable, Sendable {
    package let index: UInt64
    package let leaf: [UInt8]
    package let payload: [UInt8]?
}
