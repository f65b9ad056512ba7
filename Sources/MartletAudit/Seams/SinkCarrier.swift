/// How records reach the other side of a sink.
///
/// Seam: a file, syslog and HTTP in `MartletEgress`, memory in tests. A carrier keeps nothing back: what it has not
/// acknowledged is given again.
package protocol SinkCarrier: Sendable {
    /// Hands over the records, in order. When it returns, the other side has acknowledged all of them; when it throws,
    /// it may have none, some or all, and gets them again.
    ///
    /// Ends within the carrier's own deadline, and soon after its task is cancelled.
    func deliver(_ records: [ExportedRecord]) async throws(SinkError)
}

/// Why records were not acknowledged. Texts are bounded and hold no credential.
package enum SinkError: Error, Hashable, Sendable {
    /// Nothing was sent.
    case unreachable(String)
    case timedOut
    /// The connection ended before the acknowledgement.
    case brokenOff
    /// The other side answered and has not taken them; the text says what it answered.
    case rejected(String)
    /// One record was refused.
    case recordRejected(index: UInt64, String)
    /// A file call failed; the value is the POSIX `errno`.
    case file(call: String, path: String, errno: Int32)
    /// The file is not one that this sink wrote.
    case foreignFile(path: String)
    case cancelled
}

extension SinkError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let why): "not reachable: \(PrintableText.escaped(why.bounded()))"
        case .timedOut: "no acknowledgement in time"
        case .brokenOff: "the connection ended before the acknowledgement"
        case .rejected(let why): "not taken: \(PrintableText.escaped(why.bounded()))"
        case .recordRejected(let index, let why):
            "record \(index) not taken: \(PrintableText.escaped(why.bounded()))"
        case .file(let call, let path, let errno): "\(call) \(path): errno \(errno)"
        case .foreignFile(let path): "\(path) does not end in a line of this sink; name another file"
        case .cancelled: "stopped"
        }
    }
}
