import MartletCedar
package import MartletCore

/// The policy in force: grants compiled to Cedar, and the policies that stand beside them. Cedar decides.
///
/// A change of policy is a new engine. The same grants and policies give the same digest, in whatever order they were
/// written. Source: ADR-0019.
package struct PolicyEngine: Sendable {
    /// Names the policy in records and binds approvals to it: SHA-256 over the canonical text of all grants and
    /// policies.
    package let digest: Digest
    /// The longest time that an approval of any grant may take; nil when none is needed.
    package let longestApproval: Seconds?
    let book: PolicyBook
    /// By what they are for: for lists, for ends, and for the reasons of denials.
    let grants: [GrantTarget: [Grant]]
    let scopes: HandWrittenScopes
    private let visible: [Audience: GrantedTools]
    /// When the last grant of each audience ends.
    private let ends: [Audience: UnixTime]
    /// The grants that name a prefix of URIs.
    private let prefixes: [Audience: [(prefix: ResourcePrefix, grants: [Grant])]]

    /// `bindings` are the tools that policies can name besides those of the grants.
    package init(grants: [Grant], policies: [HandWrittenPolicy] = [], bindings: ToolBindings = ToolBindings([:])) {
        let ordered = grants.map { (grant: $0, text: $0.canonicalText) }
            .sorted { $0.text.lexicographicallyPrecedes($1.text) }
        digest = Self.digest(ordered.map(\.text), policies)
        longestApproval = grants.compactMap { $0.approval?.ttl }.max { $0.count < $1.count }
        let tools = DeclaredTool.all(ordered.map(\.grant), bindings)
        book = PolicyBook(ordered.map(\.grant), policies, tools: tools)
        scopes = HandWrittenScopes(policies, tools: tools, book.entities ?? .empty)
        let byTarget = Dictionary(grouping: ordered.map(\.grant), by: \.target)
        self.grants = byTarget
        visible = Dictionary(grouping: byTarget.values.joined(), by: { Audience($0.target.role, $0.target.upstream) })
            .mapValues(GrantedTools.init)
        ends = Dictionary(
            grants.map { (Audience($0.target.role, $0.target.upstream), $0.expires) }, uniquingKeysWith: max)
        prefixes = Dictionary(grouping: byTarget.keys, by: { Audience($0.role, $0.upstream) })
            .mapValues { targets in
                targets.compactMap { target in
                    guard case .resources(let prefix) = target.subject else { return nil }
                    return (prefix, byTarget[target] ?? [])
                }
            }
    }

    private static func digest(_ grants: [[UInt8]], _ policies: [HandWrittenPolicy]) -> Digest {
        let written = policies.map(\.canonicalText).sorted { $0.lexicographicallyPrecedes($1) }
        return Digest(of: Array((grants + written).joined(separator: [UInt8(ascii: "\n")])))
    }
}

// What is there for a caller
extension PolicyEngine {
    /// The tools of `upstream` that `principal` could call now; nothing else exists for it: those it holds a live grant
    /// for, those a hand-written permit could allow, without those a hand-written policy forbids in any case.
    package func visibleTools(for principal: Principal, upstream: UpstreamID, now: UnixTime) -> Set<ToolName> {
        let granted = visible[Audience(principal.role, upstream)]?.tools(at: now) ?? []
        return scopes.isEmpty ? granted : scopes.shown(granted, to: principal, on: upstream)
    }

    /// Whether `principal` could do anything on `upstream`; otherwise the upstream does not exist for it.
    package func hasGrant(on upstream: UpstreamID, _ principal: Principal, now: UnixTime) -> Bool {
        if let end = ends[Audience(principal.role, upstream)], now < end { return true }
        return scopes.couldPermitAnything(to: principal, on: upstream)
    }

    /// Whether `principal` could use `subject` now; what it may not use it is not shown.
    package func isVisible(
        _ subject: CallSubject, to principal: Principal, upstream: UpstreamID, now: UnixTime
    ) -> Bool {
        let isGranted = grants(for: subject, role: principal.role, upstream: upstream).contains { now < $0.expires }
        guard isGranted || scopes.couldPermit(subject, to: principal, on: upstream) else { return false }
        return !scopes.forbids(subject, to: principal, on: upstream)
    }

    /// Everything that is granted for `subject`: by its own name, and for a resource by what it lies below.
    func grants(for subject: CallSubject, role: RoleName, upstream: UpstreamID) -> [Grant] {
        let exact = grants[GrantTarget(role: role, upstream: upstream, subject: GrantSubject(subject))] ?? []
        guard case .resource(let uri) = subject, let prefixes = prefixes[Audience(role, upstream)] else { return exact }
        return exact + prefixes.filter { $0.prefix.covers(uri) }.flatMap(\.grants)
    }
}
