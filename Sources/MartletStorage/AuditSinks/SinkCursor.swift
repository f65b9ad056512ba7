package import MartletTransparency

/// How far a sink has come: the other side has acknowledged the first `next` records of the log `origin`.
package struct SinkCursor: Hashable, Sendable {
    /// The name of the log.
    package let origin: String
    /// The first record that is not acknowledged.
    package let next: UInt64
    /// Of the tree over the records before it: an older copy of the log, or another one, does not give it.
    package let root: MerkleHash

    package init(origin: String, next: UInt64, root: MerkleHash) {
        self.origin = origin
        self.next = next
        self.root = root
    }

    /// Where a new sink begins.
    package static func start(of origin: String) -> SinkCursor {
        SinkCursor(origin: origin, next: 0, root: .empty)
    }
}

/// Why a sink cannot go on from its cursor. Nothing is sent and nothing skipped until somebody decides.
package enum SinkRefusal: Error, Hashable, Sendable {
    /// The log has fewer records than the other side has: an older copy of it was put back.
    case beyondEnd(cursor: UInt64, size: UInt64)
    /// The log has other records than those that the other side has.
    case otherRecords(cursor: UInt64)
    /// The cursor belongs to a log of another name.
    case otherLog(origin: String)
    /// The cursor belongs to a log of this gateway that is not here.
    case missingShard(_ number: Int, origin: String, oldest: Int, newest: Int)
    /// A closed log has more or fewer records than it was closed with, or others.
    case otherEnd(origin: String)
    /// The file is no cursor.
    case malformed(path: String)
    case file(FileError)
    /// The log cannot be read.
    case log(SegmentFault)
    /// It is not clear which logs there are.
    case shards(SegmentError)
}

extension SinkRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .beyondEnd(let cursor, let size):
            "the other side has \(cursor) records, the audit log only \(size): it was put back from an older copy"
        case .otherRecords(let cursor):
            "the first \(cursor) records of the audit log are not those that the other side has: it was rewritten"
        case .otherLog(let origin): "its cursor belongs to the log \(origin)"
        case .missingShard(let number, let origin, _, let newest) where number > newest:
            "it has records of shard \(number) (\(origin)), and the newest here is shard \(newest): the state was put back "
                + "from an older copy"
        case .missingShard(let number, let origin, let oldest, _):
            "it stands in shard \(number) (\(origin)), and the oldest here is shard \(oldest): retention gave it up, or it "
                + "was taken away, before the other side had all of it; put the shard back, or begin with what is here"
        case .otherEnd(let origin):
            "the closed log \(origin) does not end where its checkpoint says; see martlet audit verify"
        case .malformed(let path): "\(path) cannot be read as a cursor"
        case .file(let error): "\(error)"
        case .log(let fault): "the audit log cannot be read: \(fault)"
        case .shards(let error): "\(error)"
        }
    }
}
