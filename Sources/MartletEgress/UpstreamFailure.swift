/// Why a call has no answer. Texts are ours, for the operator; no byte of the upstream is in them.
package enum UpstreamFailure: Error, Hashable, Sendable {
    /// Certainly no byte of the message was sent: no connection, no process, or one that was already gone.
    case unreachable(String)
    /// The message was sent and no answer came in time.
    case timedOut
    /// The message was sent and the connection or the process ended before the answer.
    case brokenOff
    /// Who made the call gave it up before its answer.
    case cancelled
    /// The answer is no valid MCP message: bad framing, bad JSON, another id, a redirect, an unexpected status.
    case garbage(String)
    /// The answer exceeds a limit; it was not read to its end.
    case tooLarge
    /// The upstream refused our own credential.
    case unauthorized(status: Int)
    /// A limit of ours was reached before anything was sent.
    case busy
    /// The upstream is closed; nothing was sent.
    case closed
    /// The call has something that the upstream's era has no place for; nothing was sent.
    case notCarried(String)

    static let unprompted = UpstreamFailure.notCarried("answers without a question")
    static let taskInSession = UpstreamFailure.notCarried("a task in a session")
    /// The upstream speaks another era than its pinned one: nothing was sent, or it refused what was.
    case eraChanged

    /// Whether the tool may have taken effect. Such a call is never sent again by itself.
    package var mayHaveRun: Bool {
        switch self {
        case .timedOut, .brokenOff, .cancelled, .garbage, .tooLarge: true
        case .unreachable, .unauthorized, .busy, .closed, .notCarried, .eraChanged: false
        }
    }
}

extension UpstreamFailure: CustomStringConvertible {
    /// For the operator.
    package var description: String {
        switch self {
        case .unreachable(let why): "it cannot be reached (\(why))"
        case .timedOut: "no answer came in time"
        case .brokenOff: "it ended the connection, or itself, before the answer"
        case .cancelled: "the call was given up"
        case .garbage(let why): "its answer is no MCP message (\(why))"
        case .tooLarge: "its answer is larger than limits.response_bytes, or has too large a head"
        case .unauthorized(let status): "it refused the gateway's credential (HTTP \(status))"
        case .busy: "too many calls wait for it"
        case .closed: "it is being shut down"
        case .notCarried(let what): "its era has no place for \(what)"
        case .eraChanged: "it speaks another era than the pinned one"
        }
    }
}
