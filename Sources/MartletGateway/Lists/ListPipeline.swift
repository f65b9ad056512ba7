import MartletAudit
import MartletAuthn
import MartletCore
import MartletEgress
import MartletMCP
import MartletPolicy

/// The four lists: of what the upstream offers, only what this caller could use now.
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
        guard let id = message.id else { return await refusals.malformed(.unknownRoute, exchange) }
        guard let name = exchange.upstream, let upstream = upstreams[name] else {
            return await answerAll(message, id: id, exchange, authenticated.principal)
        }
        if let kind = ListKind(message.method) {
            return await answer(kind, of: upstream, message, id, exchange, authenticated.principal)
        }
        switch await upstream.listTools(for: authenticated.principal) {
        case .failure(let failure): return await refusals.listUnavailable(failure, exchange)
        case .success(let offered):
            let now = clock.now()
            await refusals.note(upstreams.learn(offered, from: name), on: name)
            let visible = policy.visibleTools(for: authenticated.principal, upstream: name, now: now)
            let shown = offered.filter { visible.contains($0.name) }
            let draft = errors.answer(Reply.toolList(to: message, id: id, tools: shown), message)
            let list = ListFacts(
                principal: authenticated.principal, upstream: name, method: message.method.rawValue,
                shown: shown.map { .tool($0.name) }, hidden: offered.count - shown.count, context: exchange.context())
            return await recorded(list, draft, exchange)
        }
    }

    private func answer(
        _ kind: ListKind, of upstream: any Upstream, _ message: MCPRequest, _ id: RequestID, _ exchange: Exchange,
        _ caller: Principal
    ) async -> AuditedResponse {
        switch await upstream.list(kind, for: caller) {
        case .failed(let failure): return await refusals.listUnavailable(failure, exchange)
        case .refused(let code): return await refusals.listRefused(code: code, message, exchange)
        case .items(let offered, let dropped):
            let now = clock.now()
            let shown = offered.filter {
                policy.isVisible($0.subject, to: caller, upstream: upstream.id, now: now)
            }
            let draft = errors.answer(Reply.list(to: message, id: id, of: kind, items: shown), message)
            let list = ListFacts(
                principal: caller, upstream: upstream.id, method: message.method.rawValue,
                shown: shown.map(\.subject), hidden: dropped + offered.count - shown.count,
                context: exchange.context())
            return await recorded(list, draft, exchange)
        }
    }

    func recorded(_ list: ListFacts, _ draft: ResponseDraft, _ exchange: Exchange) async -> AuditedResponse {
        do throws(AuditError) {
            return try await audit.recordList(list, answering: draft)
        } catch {
            return await refusals.notRecorded(exchange)
        }
    }
}
