import MartletCore
import MartletEgress
import MartletMCP

/// What is known of the subject of a granted call before it leaves.
enum ToolOffer: Sendable {
    /// No tool, or a task of one: there is no definition that a call has to agree with.
    case none
    case defined(ToolDefinition)
    /// The upstream lists no tool of this name, or one that may not be offered: it is called by nobody.
    case absent
    /// The upstream could not say. The call would go out unchecked, so it does not: it fails the way the list did.
    case unknown(UpstreamFailure)

    var definition: ToolDefinition? {
        if case .defined(let definition) = self { definition } else { nil }
    }

    var failure: UpstreamFailure? {
        if case .unknown(let failure) = self { failure } else { nil }
    }
}

/// Finds the definition a call is held to. A tool that was not on the last list is looked for once more, so that
/// neither the first call after a start nor a tool that is new goes unchecked.
///
/// Source: MCP 2026-07-28, Transports, "Custom Headers from Tool Parameters" (both sides need the schema).
struct ToolOffers: Sendable {
    let upstreams: UpstreamDirectory
    let refusals: Refusals

    /// What is known without asking; nil when the upstream has to be asked.
    func known(_ call: ToolCall) -> ToolOffer? {
        guard call.subject.tool != nil, call.task == nil else { return ToolOffer.none }
        return upstreams.definition(of: call.subject, on: call.upstream).map(ToolOffer.defined)
    }

    /// For calls with a grant only: it asks the upstream when that is needed.
    func find(_ call: ToolCall) async -> ToolOffer {
        if let known = known(call) { return known }
        guard let tool = call.subject.tool else { return .none }
        guard let upstream = upstreams[call.upstream] else { return .unknown(.closed) }
        switch await upstream.listTools(for: call.principal) {
        case .failure(let failure): return .unknown(failure)
        case .success(let offered):
            await refusals.note(upstreams.learn(offered, from: call.upstream), on: call.upstream)
            return offered.first { $0.name == tool }.map(ToolOffer.defined) ?? .absent
        }
    }
}
