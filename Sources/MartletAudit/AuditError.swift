/// Why something was not recorded. Whatever the case, the caller treats the record as absent and denies.
package enum AuditError: Error, Hashable, Sendable {
    /// The store refused the write; the value is the POSIX `errno`.
    case storeUnavailable(errno: Int32)
    /// The leaf does not fit a 16-bit length.
    case leafTooLarge(bytes: Int)
    /// Only the reserve is left, or the head of the log is overdue, and the entry is not essential.
    case reserveReached
    /// More appends are waiting than the store accepts.
    case overloaded
    /// The store was closed, or an earlier write failed and it acknowledges nothing more.
    case closed
    /// Somebody else moved the head of the log, which is kept apart from it; the value is the size found, in records.
    case headMoved(size: UInt64)
    /// The values could not be encrypted.
    case sealingFailed
    /// The key that the values would be sealed under could be neither read nor made durable.
    case keyUnavailable
    /// The call has its outcome already, or never had an intent in this process.
    case intentNotOpen(index: UInt64)
}
