/// Why nothing was erased, or not everything was done.
package enum ErasureError: Error, Hashable, Sendable {
    /// No values of that name are sealed.
    case unknownSubject
    /// Several issuers know the name.
    case ambiguous(issuers: [String])
    /// There is no key, or none of that quarter.
    case nothingToErase
    /// More keys than one record holds: erase quarter by quarter.
    case tooManyKeys(Int)
    /// A hold is on; the refusal is recorded at `record`.
    case held(record: UInt64, holds: [HoldFacts])
    /// The same hold is on already, or none of that kind is.
    case holdStands(String)
    case noSuchHold
    /// Another erasure or hold is being recorded.
    case busy
    /// Nothing was destroyed, for it could not be recorded first.
    case notRecorded(AuditError)
    /// Recorded at `requested`, and not or not certainly done: the next start finishes it.
    case unfinished(requested: UInt64, why: String)
    /// Nothing was destroyed: what the subject had asked approval for could not be closed.
    case approvals(String)
    /// The vault cannot be read.
    case vault(KeyStoreError)
}
