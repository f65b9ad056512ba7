internal import GRDB
import Glibc
import MartletApproval

/// Why the state database could not be opened, read or changed. Callers deny, or do not start.
package enum StateError: Error, Hashable, Sendable {
    case cannotOpen(errno: Int32)
    /// Group or others may read or write the file; `mode` are the permission bits.
    case readableByOthers(path: String, mode: UInt32)
    /// The file belongs to another program.
    case foreignFile
    /// The file was written by a newer release.
    case newerSchema
    case busy
    case readOnly
    case full
    /// Not a database, damaged, or a row that no release wrote; the value names the place, not the content.
    case corrupted(String)
    /// The waiting task was cancelled; a change may or may not be there.
    case cancelled
    /// Anything else; the extended SQLite code, or -1.
    case unavailable(code: Int32)

    init(_ error: any Error) {
        switch error {
        case let error as StateError: self = error
        case let error as DatabaseError: self = Self(error)
        case is CancellationError: self = .cancelled
        case is RowDecodingError: self = .corrupted("column")
        default: self = .unavailable(code: -1)
        }
    }

    private init(_ error: DatabaseError) {
        self =
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
            case .SQLITE_READONLY: .readOnly
            case .SQLITE_FULL: .full
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: .corrupted("file")
            case .SQLITE_INTERRUPT: .cancelled
            default: .unavailable(code: error.extendedResultCode.rawValue)
            }
    }

}

extension StateError: CustomStringConvertible {
    /// One sentence with what to do.
    package var description: String {
        switch self {
        case .cannotOpen(let errno): "it cannot be opened: \(String(cString: strerror(errno)))"
        case .readableByOthers(let path, let mode):
            "it is open to other users (mode 0\(String(mode, radix: 8))); run: chmod 600 \(path)"
        case .foreignFile: "it is no database of Martlet; name another directory in state"
        case .newerSchema:
            "it was written by a newer release; start that release, or put back the copy made before the upgrade"
        case .busy: "another process keeps it locked; end that process"
        case .readOnly: "it cannot be written; check its owner and whether the disk is mounted read-only"
        case .full: "the disk is full; free space"
        case .corrupted(let place): "it is damaged (\(place)); copy it away and put back a backup"
        case .cancelled: "the operation was cancelled"
        case .unavailable(let code): "SQLite reports code \(code)"
        }
    }
}

extension StateError {
    /// The same failure, in the words of the approval store.
    var approvalStoreError: ApprovalStoreError {
        switch self {
        case .busy: .busy
        case .readOnly: .readOnly
        case .full: .full
        case .corrupted(let place): .corrupted(place)
        case .cancelled: .cancelled
        case .foreignFile: .corrupted("foreign file")
        case .newerSchema: .corrupted("newer schema")
        case .cannotOpen(let code), .unavailable(let code): .unavailable(code: code)
        case .readableByOthers: .unavailable(code: -1)
        }
    }
}
