/// Why a log cannot go on beside its head.
package enum HeadFault: Error, Hashable, Sendable {
    /// Another process holds the head: on a copy of this log, or on another log of the same name.
    case held(lock: String)
    /// The log is shorter than its head: an older copy was put back, or records were lost.
    case ahead(path: String, size: UInt64, head: UInt64)
    /// The first `head` leaves of the log are not those of its head.
    case contradicted(path: String, head: UInt64)
    /// The log had a head, and it is gone.
    case lost(path: String)
    /// The file is not what a gateway wrote.
    case damaged(path: String)
    /// It was given up already, and no start has recorded that yet.
    case accepted(path: String)
    /// Somebody else moved the head while this run held it; the value is the size found, nil when the file is gone.
    case moved(path: String, size: UInt64?)
}

extension HeadFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .held(let lock):
            "another gateway runs on a copy of this log, or on another log of its name (lock \(lock)); stop it first"
        case .ahead(let path, let size, let head):
            "it holds \(size) records, its head \(path) says that \(head) were signed: an older copy was put back, or "
                + "records were lost; copy the state directory away and put the newest copy back. "
                + Self.advice
        case .contradicted(let path, let head):
            "its first \(head) records are not those of its head \(path): it is another history of this log, or another "
                + "log; copy the state directory away and put the right one back. " + Self.advice
        case .lost(let path):
            "its head \(path) is gone: put it back, or move it along when audit.head names another directory. "
                + Self.advice
        case .damaged(let path):
            "its head \(path) is damaged: put a copy of the file back, or take it away. " + Self.advice
        case .accepted(let path): "its head \(path) was given up already; start the gateway, which records it"
        case .moved(let path, let size):
            "its head \(path) was moved by somebody else (\(size.map { "to \($0) records" } ?? "it is gone")): another "
                + "gateway goes on with a copy of this log"
        }
    }

    private static let advice = "Only when it shall go on as it is: martlet audit head --accept-rollback --reason WHY"
}
