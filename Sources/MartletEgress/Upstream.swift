package import MartletAudit
package import MartletCore
package import MartletJSON
package import MartletMCP

/// One MCP server behind the gateway, whatever carries its messages.
///
/// The only way out for a call. The proof that the intent is durable is consumed, so that one intent is dispatched at
/// most once; no implementation sends a call again that may have run. Nothing of the agent's own request but what the
/// call names and the decided arguments can reach an implementation.
package protocol Upstream: Sendable {
    var id: UpstreamID { get }

    /// Sends one call and waits, at most the upstream's timeout, for its answer.
    ///
    /// `relay` says who hears what the upstream says about this very call while it runs, and may give it up.
    func call(_ recorded: consuming RecordedCall, relaying relay: CallRelay?) async -> UpstreamResult

    /// All tools the upstream offers to `caller`: every page, within bounds and one timeout for all of them. Tools with names we refuse are left out.
    func listTools(for caller: Principal) async -> Result<[ToolDefinition], UpstreamFailure>

    /// Whether the upstream has said that its tools changed since they were last listed.
    var hasNewTools: Bool { get }

    /// All prompts, resources or templates the upstream offers to `caller`, within the same bounds.
    func list(_ kind: ListKind, for caller: Principal) async -> UpstreamList

    /// How the upstream presents itself: asked anew in the modern era, from the last `initialize` in the other.
    func profile(for caller: Principal) async -> Result<UpstreamProfile, UpstreamFailure>

    /// Tells a legacy upstream how much of its log `caller` wants to hear in the session of calls that can be asked as
    /// `agent` says. Nothing happens where callers share one session, where the upstream keeps no log, and in the modern
    /// era, where each request says it.
    func setLogLevel(_ level: LogLevel, for caller: Principal, asking agent: AgentCapabilities) async

    /// From now on `ear` hears what `filter` names, for `caller` alone; with an empty filter nothing any more.
    ///
    /// It takes the place of what the caller wanted before, and returns at once. `ready` is called once, later, with how
    /// the upstream is heard by then. After a gap `ear` hears of everything that could have changed. Nobody else hears
    /// what is about resources that this caller subscribed to.
    func listen(
        to filter: ListenFilter, for caller: Principal, hearing ear: @escaping ChangeEar,
        ready: @escaping ListenReady)

    /// Does what `listen` asks for; runs until it is cancelled.
    func keepListening() async

    /// Ends sessions, connections and the child process. A call made afterwards gets `UpstreamFailure.closed`.
    func close() async
}

/// Hears what happens at an upstream; called on its event loop, must not block.
package typealias ChangeEar = @Sendable (UpstreamNews) -> Void

/// Learns whether an upstream is heard; called once, on its event loop or that of its task, must not block.
package typealias ListenReady = @Sendable (ListenStanding) -> Void

/// What an upstream that is listened to says, or shows.
package enum UpstreamNews: Hashable, Sendable {
    case changed(Change)
    /// It was heard, and a first attempt to hear it again has failed. When it is back, everything has changed.
    case lost
}

/// Whether an upstream can be heard while nobody calls.
package enum ListenStanding: Hashable, Sendable {
    case heard
    /// It has no standing streams, by its own word.
    case absent
    /// It will be tried again.
    case unheard(UpstreamFailure)
}

/// What an upstream answered when it was asked for a list.
package enum UpstreamList: Sendable {
    /// In the upstream's order; `dropped` elements could not be named by any grant.
    case items([ListItem], dropped: Int)
    /// A JSON-RPC error of the upstream, `method not found` when it has nothing of the kind.
    case refused(code: Int)
    case failed(UpstreamFailure)
}

/// How one dispatched call ended.
package enum UpstreamResult: Sendable {
    /// The `result` object of the answer, and the size of the message that carried it.
    case answered(JSONValue, bytes: Int)
    /// The upstream asks in the middle of the call, and waits.
    case asked(InputRequired, any HeldCall)
    /// A JSON-RPC error of the upstream.
    case refused(code: Int, message: String, data: JSONValue?)
    case failed(UpstreamFailure)

    init(_ answer: Result<Answered, UpstreamFailure>) {
        switch answer {
        case .failure(let failure): self = .failed(failure)
        case .success(let (.result(result), bytes)): self = .answered(result, bytes: bytes)
        case .success(let (.error(code, message, data), _)): self = .refused(code: code, message: message, data: data)
        }
    }
}
