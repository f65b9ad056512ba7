import MartletAudit
import MartletAuthn
import MartletCore
import MartletEgress
import MartletMCP
import MartletPolicy

/// `tools/list`: of what the upstream offers, only what this caller could call now.
struct ListPipeline: Sendable {
    let policy: PolicyEngine
    let upstreams: UpstreamDirectory
    let audit: AuditLog
    let errors: ErrorMapping
    let refusals: Refusals
    let clock: any GatewayClock

    func answer(
        _ message: MCPRequest, _ exchange: Exchange, _ authenticated: AuthenticatedRequest
    ) async -> AuditedResponse {
        guard let id = message.id, let name = exchange.upstream, let upstream = upstreams[name] else {
            return await refusals.malformed(.unknownRoute, exchange)
        }
        switch await upstream.listTools(for: authenticated.principal) {
        case .failure(let failure): return await refusals.listUnavailable(failure, exchange)
        case .success(let offered):
            let now = clock.now()
            await record(upstreams.learn(offered, from: name), on: name)
            let visible = policy.visibleTools(for: authenticated.principal, upstream: name, now: now)
            let shown = offered.filter { visible.contains($0.name) }
            let draft = errors.answer(Reply.toolList(to: message, id: id, tools: shown), message)
            do throws(AuditError) {
                let list = ListFacts(
                    principal: authenticated.principal, upstream: name, shown: shown.map(\.name),
                    hidden: offered.count - shown.count, context: exchange.context())
                return try await audit.recordList(list, answering: draft)
            } catch {
                return await refusals.notRecorded(exchange)
            }
        }
    }

    /// A definition that changed since it was last seen is on record; quarantine is a later issue's rule.
    private func record(_ drifts: [Drift], on upstream: UpstreamID) async {
        for drift in drifts {
            await refusals.note(.toolDrift(upstream, drift.tool, old: drift.old, new: drift.new))
        }
    }
}
