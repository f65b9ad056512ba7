import MartletTransparency

/// The first place where a log is not what its signed checkpoint says.
struct LogFault: Error, Hashable {
    enum Problem: Hashable {
        case missing
        case unreadable(String)
        case checkpoint(CheckpointError)
        /// A hash that is not the one of the tree.
        case hashDiffers
        /// The file ends before the hash.
        case hashMissing
        /// A record that is not the one the tree has there.
        case recordDiffers
        /// The file ends before the record, or inside it.
        case recordMissing
        /// The file goes on behind its last record or hash.
        case bytesAfterEnd
        /// Neither the records nor the hashes give the signed root, and this is the first place where they disagree.
        case recordAndHashDisagree
        /// Records and hashes agree with each other, and are not what was signed.
        case rewritten
        /// The older checkpoint has more records.
        case rolledBack(olderSize: UInt64)
        /// The older checkpoint is about another history.
        case forked(olderSize: UInt64)
        case record(RecordProblem)
        /// A witness did not sign the checkpoint, or not validly.
        case cosignature(NoteError)
        /// What ties a new key of the log to the one before does not hold.
        case rotation(KeyChainError)
        /// No record says that the log goes on from another one.
        case noPrevious
        /// It is not the log that the later one goes on from.
        case otherPrevious
        /// Its last record names another log than the later one.
        case otherNext
    }

    /// As a path from the directory of the log, or as it was given.
    let file: String
    /// The record, counted from 0; of a hash of many records the first.
    var index: UInt64?
    let problem: Problem
}

extension LogFault: CustomStringConvertible {
    var description: String { "\(file): " + (index.map { "record \($0): " } ?? "") + problem.text }

    static func text(_ error: CheckpointError) -> String {
        switch error {
        case .note(.malformed): "it is no signed note"
        case .note(.notSigned(let name)): "it is not signed by this key of \(name)"
        case .note(.invalidSignature(let name)): "the signature of \(name) is not valid"
        case .note(.signingFailed), .malformed: "it is no checkpoint"
        case .foreign(let origin): "it is the checkpoint of another log, \(origin)"
        }
    }

    /// A word for scripts.
    var code: String { problem.code }
}

extension LogFault.Problem {
    var text: String {
        switch self {
        case .missing: "the file is not there"
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .checkpoint(let error): LogFault.text(error)
        case .hashDiffers: "the hash is not the one of the signed tree"
        case .hashMissing: "the file ends before the hash"
        case .recordDiffers: "it is not the record of the signed tree"
        case .recordMissing: "the file ends before the end of the record"
        case .bytesAfterEnd: "the file goes on behind its end"
        case .recordAndHashDisagree: "record and hash disagree, and neither side gives the signed root"
        case .rewritten: "records and hashes give another root than the signed one"
        case .rolledBack(let size): "the older checkpoint has more records, \(size): the log was rolled back"
        case .forked(let size): "the first \(size) records are not those of the older checkpoint: the log was rewritten"
        case .record(let problem): problem.text
        case .cosignature(let error): LogFault.text(.note(error))
        case .noPrevious: "no record says that the log goes on from another one"
        case .otherPrevious: "it is not the log that the later one goes on from"
        case .otherNext: "its last record does not name the later log and its key"
        case .rotation: "it does not show that the key of the log was replaced by its owner"
        }
    }

    /// A word for scripts.
    var code: String {
        switch self {
        case .missing: "missing"
        case .unreadable: "unreadable"
        case .checkpoint: "checkpoint"
        case .hashDiffers: "hash_differs"
        case .hashMissing: "hash_missing"
        case .recordDiffers: "record_differs"
        case .recordMissing: "record_missing"
        case .bytesAfterEnd: "bytes_after_end"
        case .recordAndHashDisagree: "record_and_hash_disagree"
        case .rewritten: "rewritten"
        case .rolledBack: "rolled_back"
        case .forked: "forked"
        case .record: "record_shape"
        case .cosignature: "cosignature"
        case .rotation: "rotation"
        case .noPrevious: "no_previous"
        case .otherPrevious: "other_previous"
        case .otherNext: "other_next"
        }
    }
}
