package import MartletCore
package import MartletEgress
package import MartletMCP
import MartletPolicy
import Synchronization

/// The configured upstreams and the tool definitions last seen on each.
package final class UpstreamDirectory: Sendable {
    package let upstreams: [UpstreamID: any Upstream]
    private let names: [UpstreamID]
    private let definitions = Mutex<[UpstreamID: Offered]>([:])

    private let profiles = Mutex<[UpstreamID: Asked]>([:])

    /// The tools of the last list, in order and by name.
    private struct Offered {
        let tools: [ToolDefinition]
        let byName: [ToolName: ToolDefinition]

        init(_ tools: [ToolDefinition]) {
            self.tools = tools
            byName = Dictionary(tools.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// How an upstream presented itself when it was last asked; nil when it gave no answer.
    private struct Asked {
        var profile: UpstreamProfile?
        var at: UnixTime
        func isFresh(at now: UnixTime) -> Bool { now < at.advanced(by: Seconds(profile == nil ? 5 : 60)) }
    }

    package init(_ upstreams: [any Upstream]) {
        names = upstreams.map(\.id).sorted { $0.rawValue < $1.rawValue }
        self.upstreams = Dictionary(upstreams.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The upstreams that `caller` holds any live grant on, in the order of their names.
    func usable(by caller: Principal, _ policy: PolicyEngine, now: UnixTime) -> [UpstreamID] {
        names.filter { policy.hasGrant(on: $0, caller, now: now) }
    }

    package subscript(id: UpstreamID) -> (any Upstream)? { upstreams[id] }

    /// Remembers what an upstream offers, and returns the tools whose definition is another than the one seen before.
    package func learn(_ tools: [ToolDefinition], from upstream: UpstreamID) -> [Drift] {
        // The very array that was learned last holds what it held then.
        if let known = definitions.withLock({ $0[upstream] })?.tools, known.span.isIdentical(to: tools.span) {
            return []
        }
        let offered = Offered(tools)
        let before = definitions.withLock { known in
            let before = known[upstream]
            known[upstream] = offered
            return before
        }
        guard let before else { return [] }
        return tools.compactMap { tool in
            guard let old = before.byName[tool.name]?.digest, old != tool.digest else { return nil }
            return Drift(tool: tool.name, old: old, new: tool.digest)
        }
    }

    /// A tool's definition as last listed; nil before the first list, when the upstream has said that its tools changed,
    /// and for everything that is no tool.
    package func definition(of subject: CallSubject, on upstream: UpstreamID) -> ToolDefinition? {
        guard upstreams[upstream]?.hasNewTools != true else { return nil }
        return subject.tool.flatMap { tool in definitions.withLock { $0[upstream]?.byName[tool] } }
    }

    /// What the upstream can do and how it calls itself; tools alone while it does not answer.
    package func profile(of id: UpstreamID, for caller: Principal, now: UnixTime) async -> UpstreamProfile {
        let known = profiles.withLock { $0[id] }
        if let known, known.isFresh(at: now) { return known.profile ?? Self.unknown }
        var answered: UpstreamProfile?
        if let upstream = upstreams[id], case .success(let profile) = await upstream.profile(for: caller) {
            answered = profile
        }
        let asked = Asked(profile: answered ?? known?.profile, at: now)
        profiles.withLock { $0[id] = asked }
        return asked.profile ?? Self.unknown
    }

    /// The profiles of several upstreams, asked side by side.
    func profiles(
        of ids: [UpstreamID], for caller: Principal, now: UnixTime
    ) async -> [UpstreamID: UpstreamProfile] {
        await withTaskGroup(of: (UpstreamID, UpstreamProfile).self) { group in
            for id in ids { group.addTask { (id, await self.profile(of: id, for: caller, now: now)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// Whether the upstream is known to lack the feature: it was asked within the last minute and did not name it.
    package func lacks(_ feature: ServerFeature, _ id: UpstreamID, now: UnixTime) -> Bool {
        guard let known = profiles.withLock({ $0[id] }), known.isFresh(at: now), let profile = known.profile else {
            return false
        }
        return !profile.features.contains(feature)
    }

    private static let unknown = UpstreamProfile(features: [.tools])

    /// Keeps open what standing streams want to hear of the upstreams; runs until it is cancelled.
    package func keepListening() async {
        await withTaskGroup(of: Void.self) { group in
            for upstream in upstreams.values { group.addTask { await upstream.keepListening() } }
        }
    }

    package func closeAll() async {
        for upstream in upstreams.values { await upstream.close() }
    }
}

/// A tool whose definition changed while the gateway ran.
package struct Drift: Hashable, Sendable {
    package let tool: ToolName
    package let old: Digest
    package let new: Digest
}
