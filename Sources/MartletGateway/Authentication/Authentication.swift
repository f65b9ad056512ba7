import MartletAuthn
import MartletCore

/// Stage 2: a token of this very route, or no answer beyond 401.
///
/// The audience is exact per route. A path that names no upstream is checked against all routes together: without a valid
/// token of this gateway every path under `/mcp` is answered alike. (Which routes exist is public by RFC 9728 metadata.)
struct Authentication: Sendable {
    private let authenticator: Authenticator
    private let aggregate: Set<String>
    private let routes: [UpstreamID: Set<String>]
    private let everyAudience: Set<String>

    /// `audiences` are the routes' own URLs, `overrides` what issuers put in their place on every route.
    init(authenticator: Authenticator, audiences: RouteAudiences, overrides: Set<String>) {
        self.authenticator = authenticator
        aggregate = overrides.union([audiences.aggregate])
        routes = audiences.upstreams.mapValues { overrides.union([$0]) }
        everyAudience = overrides.union(audiences.all)
    }

    func check(_ exchange: Exchange) async -> Result<AuthenticatedRequest, AuthenticationFailure> {
        let authorization = exchange.inbound.values("authorization")
        let audience = audience(of: exchange.route)
        let cached = authenticator.authenticateFromCache(
            authorization: authorization, audience: audience, now: exchange.received)
        if let cached { return .success(cached) }
        return await authenticator.authenticate(
            authorization: authorization, audience: audience, now: exchange.received)
    }

    /// Why the caller of this exchange may not act any more, asked after something was waited for.
    func lapse(of caller: Principal, _ exchange: Exchange, now: UnixTime) -> AuthenticationFailure? {
        authenticator.lapse(of: caller, since: exchange.revocationEpoch, now: now)
    }

    /// To be kept with a request before it is authenticated.
    var revocationEpoch: UInt64 { authenticator.revocationEpoch }

    private func audience(of route: Route) -> Set<String> {
        if route == .aggregate { return aggregate }
        guard case .mcp(let name) = route, let id = UpstreamID(name), let accepted = routes[id] else {
            return everyAudience
        }
        return accepted
    }
}
