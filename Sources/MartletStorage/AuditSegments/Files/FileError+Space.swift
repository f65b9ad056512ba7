import Glibc

extension FileError {
    /// Whether the disk or the quota is full: nothing is broken, and it may pass.
    var isOutOfSpace: Bool { errno == ENOSPC || errno == EDQUOT }

    /// Whether bytes believed written may be lost: the page cache cannot be trusted any more.
    var loosensDurability: Bool { operation == .synchronize && !isOutOfSpace }
}
