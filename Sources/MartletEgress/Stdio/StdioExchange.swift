import MartletMCP
import NIOCore

/// One message of ours that has an answer, and who waits for it.
struct StdioExchange: Sendable {
    var deadline: NIODeadline
    let hearing: Hearing
    /// Tells one exchange of this upstream from all others, before it has an id too; 0 where nobody gives up.
    var number: Int64 = 0
    /// Whether the child is told when we stop waiting. Source: MCP 2025-11-25, Cancellation: never for `initialize`.
    var isCancellable = true
    /// Whether only the modern era has a place for all of it.
    var isModernOnly = false
    /// Whether it stays open while nothing is wrong: it is no call that an error without an id could be about.
    var isStanding = false
    /// Whose call it is; nil for everything that is no call.
    var caller: CallerKey?
    let message: @Sendable (_ id: Int64, _ dialect: UpstreamDialect) -> OutboundMessage
    /// Runs exactly once, on the child's loop.
    let completion: @Sendable (Result<Answered, UpstreamFailure>) -> Void
}
