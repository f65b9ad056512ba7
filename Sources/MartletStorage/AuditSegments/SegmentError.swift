package import MartletTransparency

/// Why an audit log cannot be opened or does not verify.
package enum SegmentError: Error, Hashable, Sendable {
    /// Another process writes to this log.
    case locked(path: String)
    case file(FileError)
    /// A part of the log is damaged or was changed.
    case damaged(SegmentFault)
    /// The log is shorter than its own signed checkpoint says: an older copy was put back, or the end was cut off.
    case rolledBack(size: UInt64, checkpoint: UInt64)
    /// The log has other leaves than its signed checkpoint says.
    case rewritten(checkpoint: UInt64)
    /// There are segments, and the checkpoint or the key that signs it is gone.
    case missing(path: String)
    /// The checkpoint is not signed by the key of this log.
    case checkpointRefused(NoteError)
    /// The checkpoint, the key or its public half cannot be read as what it should be.
    case malformed(path: String)
    /// The checkpoint belongs to a log of another name.
    case foreignLog(origin: String)
    /// The signing key can be read by others than its owner.
    case keyExposed(path: String, permissions: UInt32)
    /// The tiles beside the log do not give the root of its first `size` leaves.
    case tilesContradictLog(size: UInt64)
    /// What ties a new key to the one before does not hold.
    case rotationRefused(path: String)
    /// A tile is another one than the segments say, from record `index` on.
    case tileDiffers(path: String, index: UInt64)
    /// The log and what is kept of it on another path do not fit.
    case head(HeadFault)
    /// The closed logs of the state directory are not one row that ends before the log that grows.
    case shardOutOfPlace(path: String)
    /// A log that is to be closed has records that it does not state yet.
    case unstated(size: UInt64, checkpoint: UInt64)
    /// Sizes that leave no room for an entry, or a name that cannot stand in a checkpoint.
    case invalidSettings
}

extension SegmentError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .locked(let path): "another process writes to this audit log (lock \(path))"
        case .file(let error): "\(error)"
        case .damaged(let fault): "the audit log is damaged: \(fault)"
        case .rolledBack(let size, let checkpoint):
            "the audit log was rolled back: it holds \(size) leaves, its signed checkpoint says \(checkpoint)"
        case .rewritten(let checkpoint): "the first \(checkpoint) leaves are not those of the signed checkpoint"
        case .missing(let path): "\(path) is missing although the audit log has segments"
        case .checkpointRefused(let error): "the signature of the checkpoint was refused: \(error)"
        case .malformed(let path): "\(path) cannot be read"
        case .foreignLog(let origin): "the checkpoint belongs to the log \(origin)"
        case .keyExposed(let path, let permissions):
            "\(path) must be readable by its owner only (chmod 600); permissions are 0\(String(permissions, radix: 8))"
        case .tilesContradictLog(let size): "the tiles are not those of the first \(size) leaves of the log"
        case .rotationRefused(let path): "\(path) does not show that the key of the log was replaced by its owner"
        case .tileDiffers(let path, let index):
            "\(path) is not what the segments say, from record \(index) on; the segments are those of the checkpoint"
        case .head(let fault): "\(fault)"
        case .shardOutOfPlace(let path):
            "\(path) is not in its place: closed logs follow each other without a gap up to the one in audit/; put back "
                + "what is missing, or the older copy of audit/ that it was closed from"
        case .unstated(let size, let checkpoint):
            "it holds \(size) records and its checkpoint states \(checkpoint): tiles or checkpoint could not be written"
        case .invalidSettings: "the segment size leaves no room for a record, or the name of the log is not usable"
        }
    }
}
