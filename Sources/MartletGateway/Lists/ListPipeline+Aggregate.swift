import MartletAudit
import MartletCore
import MartletEgress
import MartletMCP
import MartletPolicy

/// The lists of the aggregated route: those of all upstreams the caller holds a grant on, asked side by side.
///
/// An upstream that cannot be asked is left out and named; when none can be asked there is no list. Order: the names of
/// the upstreams, then each upstream's own. Source: docs/adr/0014-aggregated-route.md.
extension ListPipeline {
    /// What one upstream adds to the list.
    private enum Share: Sendable {
        case shown([AggregatedItem], hidden: Int)
        /// It has nothing of the kind.
        case absent
        case failed(UpstreamFailure)
        case refused(code: Int)
    }

    func answerAll(
        _ message: MCPRequest, id: RequestID, _ exchange: Exchange, _ caller: Principal
    ) async -> AuditedResponse {
        let asked = upstreams.usable(by: caller, policy, now: exchange.received)
        let shares = await shares(of: asked, message.method, caller)
        var items: [AggregatedItem] = []
        var hidden = 0
        var degraded: [DegradedUpstream] = []
        for (id, share) in shares {
            switch share {
            case .shown(let more, let unseen):
                items += more
                hidden += unseen
            case .absent: break
            case .failed(let failure): degraded.append(DegradedUpstream(id, .init(failure)))
            case .refused: degraded.append(DegradedUpstream(id, .refused))
            }
        }
        if let refusal = await whenNobodyAnswered(shares.map(\.share), message, exchange) { return refusal }
        let member = ListKind(message.method)?.member ?? "tools"
        let body = Reply.list(to: message, id: id, member: member, items: items, degraded: degraded)
        let list = ListFacts(
            principal: caller, method: message.method.rawValue, shown: items.map(\.name), hidden: hidden,
            degraded: degraded, context: exchange.context())
        return await recorded(list, errors.answer(body, message), exchange)
    }

    /// Without one upstream that answered the list would not be short but wrong. Nil when there is a list.
    private func whenNobodyAnswered(
        _ shares: [Share], _ message: MCPRequest, _ exchange: Exchange
    ) async -> AuditedResponse? {
        var first: Share?
        for share in shares {
            switch share {
            case .shown: return nil
            case .failed, .refused: first = first ?? share
            case .absent: break
            }
        }
        switch first {
        case .failed(let failure): return await refusals.listUnavailable(failure, exchange)
        case .refused(let code): return await refusals.listRefused(code: code, message, exchange)
        case .shown, .absent, nil:
            guard !shares.isEmpty else { return nil }
            return await refusals.listRefused(code: ErrorCode.methodNotFound, message, exchange)
        }
    }

    /// In the order of `asked`, whichever answers first.
    private func shares(
        of asked: [UpstreamID], _ method: Method, _ caller: Principal
    ) async -> [(id: UpstreamID, share: Share)] {
        let found = await withTaskGroup(of: (UpstreamID, Share).self) { group in
            for id in asked { group.addTask { (id, await share(of: id, method, caller)) } }
            return await group.reduce(into: [UpstreamID: Share]()) { $0[$1.0] = $1.1 }
        }
        return asked.compactMap { id in found[id].map { (id, $0) } }
    }

    private func share(of id: UpstreamID, _ method: Method, _ caller: Principal) async -> Share {
        guard let upstream = upstreams[id] else { return .failed(.closed) }
        if let feature = ServerFeature(method), upstreams.lacks(feature, id, now: clock.now()) { return .absent }
        guard let kind = ListKind(method) else { return await tools(of: upstream, caller) }
        switch await upstream.list(kind, for: caller) {
        case .failed(let failure): return .failed(failure)
        case .refused(ErrorCode.methodNotFound): return .absent
        case .refused(let code): return .refused(code: code)
        case .items(let offered, let dropped):
            let now = clock.now()
            let shown = offered.filter { policy.isVisible($0.subject, to: caller, upstream: id, now: now) }
                .compactMap { AggregatedItem($0, kind, of: id) }
            return .shown(shown, hidden: dropped + offered.count - shown.count)
        }
    }

    private func tools(of upstream: any Upstream, _ caller: Principal) async -> Share {
        switch await upstream.listTools(for: caller) {
        case .failure(let failure):
            // An answer that is no list: maybe it has no tools at all, and then nothing is missing.
            guard case .garbage = failure else { return .failed(failure) }
            let profile = await upstreams.profile(of: upstream.id, for: caller, now: clock.now())
            return profile.features.contains(.tools) ? .failed(failure) : .absent
        case .success(let offered):
            let now = clock.now()
            await refusals.note(upstreams.learn(offered, from: upstream.id), on: upstream.id)
            let visible = policy.visibleTools(for: caller, upstream: upstream.id, now: now)
            let shown = offered.filter { visible.contains($0.name) }
                .compactMap { AggregatedItem($0, of: upstream.id) }
            return .shown(shown, hidden: offered.count - shown.count)
        }
    }
}

extension DegradedUpstream.Reason {
    /// No more than an agent needs to decide whether to ask again.
    init(_ failure: UpstreamFailure) {
        switch failure {
        case .unreachable, .brokenOff, .cancelled, .closed: self = .unreachable
        case .timedOut: self = .timeout
        case .unauthorized, .notCarried: self = .refused
        case .garbage, .tooLarge, .eraChanged: self = .invalid
        case .busy: self = .busy
        }
    }
}
