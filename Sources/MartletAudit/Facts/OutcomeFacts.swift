package import MartletCore
package import MartletJSON

/// How a dispatched call ended, as the gateway saw it.
package enum CallOutcome: Hashable, Sendable {
    /// A result without `isError`.
    case ok
    /// A result with `isError: true`: the tool ran and says it failed.
    case toolError
    /// The upstream asks back; the call goes on with the next round. The value names the kinds of questions.
    case inputRequired(String)
    /// The call became a task, or that task was looked at; the value says how it stood.
    case task(TaskStatus)
    /// A JSON-RPC error of the upstream.
    case protocolError(code: Int)
    case timedOut
    case cancelled
    /// Certainly nothing was sent.
    case unreachable(String)
    /// The request was sent and the answer lost.
    case brokenOff
    /// The answer was no valid message; the value says why.
    case garbage(String)
    case tooLarge
    /// The upstream refused our credential; the value is its HTTP status.
    case unauthorized(status: Int)
    /// The gateway's own limit for this upstream was reached; nothing was sent.
    case busy
    /// The upstream was being shut down; nothing was sent.
    case closed
    /// The upstream's era has no place for part of the call; nothing was sent.
    case notCarried(String)
    /// The upstream speaks another era than its pinned one; nothing ran.
    case eraChanged

    /// The word in the record. Never renamed or reused.
    package var wireName: String {
        switch self {
        case .ok: "ok"
        case .toolError: "tool_error"
        case .inputRequired: "input_required"
        case .task: "task"
        case .protocolError: "protocol_error"
        case .timedOut: "timeout"
        case .cancelled: "cancelled"
        case .unreachable: "upstream_unreachable"
        case .brokenOff: "broken_off"
        case .garbage: "garbage"
        case .tooLarge: "too_large"
        case .unauthorized: "upstream_unauthorized"
        case .busy: "upstream_busy"
        case .closed: "upstream_closed"
        case .notCarried: "not_carried"
        case .eraChanged: "upstream_era_changed"
        }
    }

    /// Whether the effect may have happened; never retried silently when true.
    package var mayHaveRun: Bool {
        switch self {
        case .ok, .toolError, .inputRequired, .task, .protocolError, .timedOut, .cancelled, .brokenOff, .garbage,
            .tooLarge:
            true
        case .unreachable, .unauthorized, .busy, .closed, .notCarried, .eraChanged: false
        }
    }
}

/// What is recorded when a call has ended.
package struct OutcomeFacts: Sendable {
    package var outcome: CallOutcome
    /// From dispatch to the last byte of the answer, in microseconds.
    package var latencyMicroseconds: Int64
    /// Bytes of the answer as received.
    package var resultBytes: Int
    /// The `result` or `error` object of the answer, for the sealed payload.
    package var result: JSONValue?

    package init(
        _ outcome: CallOutcome, latencyMicroseconds: Int64, resultBytes: Int = 0, result: JSONValue? = nil
    ) {
        self.outcome = outcome
        self.latencyMicroseconds = latencyMicroseconds
        self.resultBytes = resultBytes
        self.result = result
    }
}
