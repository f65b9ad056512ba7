import MartletCore
import MartletEgress
import MartletMCP

/// What is asked of one upstream on its own route, and of all that the caller may use on `/mcp`.
extension MessagePipeline {
    /// How what stands behind the route presents itself.
    func profile(_ exchange: Exchange, _ caller: Principal) async -> UpstreamProfile {
        let now = exchange.received
        if let upstream = exchange.upstream { return await upstreams.profile(of: upstream, for: caller, now: now) }
        let asked = upstreams.usable(by: caller, lists.policy, now: now)
        let found = await upstreams.profiles(of: asked, for: caller, now: now)
        return UpstreamProfile(union: asked.compactMap { id in found[id].map { (id, $0) } })
    }

    func tell(_ level: LogLevel, _ exchange: Exchange, _ caller: Principal) async {
        let told = exchange.upstream.map { [$0] } ?? upstreams.usable(by: caller, lists.policy, now: exchange.received)
        let agent = AgentCapabilities(exchange.session?.capabilities)
        await withTaskGroup(of: Void.self) { group in
            for id in told { group.addTask { await upstreams[id]?.setLogLevel(level, for: caller, asking: agent) } }
        }
    }
}
