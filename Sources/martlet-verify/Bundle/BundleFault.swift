import MartletTransparency

/// The first thing in a bundle that is not what it should be.
struct BundleFault: Error, Hashable, CustomStringConvertible {
    enum Problem: Hashable {
        case missing
        case unreadable(String)
        /// The file is not the one whose digest the manifest has.
        case digestDiffers
        /// The manifest has no line for the file.
        case unlisted
        case malformed(line: Int)
        case checkpoint(LogFault.Problem)
        case proof(TlogProofError)
        /// The proof is one of another record.
        case otherIndex(UInt64)
        /// The proof leads to another checkpoint than the one of the bundle.
        case otherCheckpoint
        case record(RecordProblem)
        /// The record commits to other values, or to none.
        case notCommitted
        case noRecords
        /// The proof does not tie the two checkpoints together.
        case notConsistent
        /// The receipt is not the one that the log signs for this record.
        case receipt
        /// The token is not about the checkpoint beside it.
        case timestamp(TimestampRequest.Refusal)
        case policy(WitnessPolicy.Fault)
        /// These witnesses signed, and they are not enough.
        case quorum(signed: [String])
    }

    let file: String
    let problem: Problem

    var description: String { "\(file): \(problem.text)" }
}

extension BundleFault.Problem {
    var text: String {
        switch self {
        case .missing: "the file is not there"
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .digestDiffers: "it is not the file that the manifest names"
        case .unlisted: "the manifest does not name it"
        case .malformed(let line): "line \(line) is no line of a manifest"
        case .checkpoint(let problem): problem.text
        case .proof(let error): ProofCommand.text(error)
        case .otherIndex(let index): "it is the proof of record \(index)"
        case .otherCheckpoint: "it leads to another checkpoint than log/checkpoint"
        case .record(let problem): problem.text
        case .notCommitted: "it is not what its record commits to"
        case .noRecords: "there is no record in it"
        case .notConsistent: "it does not show that the log continues one of the two checkpoints with the other"
        case .receipt: "it is not the receipt of this record under log/checkpoint"
        case .timestamp(.malformed): "it is no timestamp token"
        case .timestamp(.notGranted(let status)): "the authority refused, status \(status)"
        case .timestamp(.foreign): "it is not about the checkpoint beside it"
        case .policy(let fault): "the policy of the witnesses: \(fault)"
        case .quorum(let signed):
            "too few witnesses signed it: " + (signed.isEmpty ? "none" : signed.joined(separator: ", "))
        }
    }

    /// A word for scripts.
    var code: String {
        switch self {
        case .missing: "missing"
        case .unreadable: "unreadable"
        case .digestDiffers: "digest_differs"
        case .unlisted: "unlisted"
        case .malformed: "malformed"
        case .checkpoint(let problem): problem.code
        case .proof: "proof"
        case .otherIndex: "other_index"
        case .otherCheckpoint: "other_checkpoint"
        case .record: "record_shape"
        case .notCommitted: "not_committed"
        case .noRecords: "no_records"
        case .notConsistent: "not_consistent"
        case .receipt: "receipt"
        case .timestamp: "timestamp"
        case .policy: "policy"
        case .quorum: "quorum"
        }
    }
}
