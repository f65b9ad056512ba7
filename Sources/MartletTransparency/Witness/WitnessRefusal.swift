/// Why a witness does not sign, in the answers of C2SP tlog-witness, "add-checkpoint".
package enum WitnessRefusal: Error, Hashable, Sendable {
    /// Not in form, or the old size is above that of the checkpoint.
    case malformed
    case unknownLog
    /// No key that is trusted for this log signed the checkpoint.
    case notSigned
    /// The old size is not that of the checkpoint signed last, which has `size` leaves; or that one has another root.
    case conflict(size: UInt64)
    /// The path does not tie the two trees together.
    case inconsistent

    package var status: Int {
        switch self {
        case .malformed: 400
        case .notSigned: 403
        case .unknownLog: 404
        case .conflict: 409
        case .inconsistent: 422
        }
    }
}
