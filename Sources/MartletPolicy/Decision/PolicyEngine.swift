package import MartletCore

/// The policy in force: an immutable set of grants, indexed by role, upstream and what it names.
///
/// A change of policy is a new engine. The same grants give the same digest, in whatever order they were written.
package struct PolicyEngine: Sendable {
    /// Names the policy in records and binds approvals to it: SHA-256 over the canonical text of all grants.
    package let digest: Digest
    /// The longest time that an approval of any grant may take; nil when none is needed.
    package let longestApproval: Seconds?
    let grants: [GrantTarget: GrantSet]
    private let visible: [Audience: Visibility]
    /// When the last grant of each audience ends.
    private let ends: [Audience: UnixTime]
    /// The grants that name a prefix of URIs.
    private let prefixes: [Audience: [(prefix: ResourcePrefix, set: GrantSet)]]

    package init(grants: [Grant]) {
        let ordered = grants.map { (grant: $0, text: $0.canonicalText) }
            .sorted { $0.text.lexicographicallyPrecedes($1.text) }
        digest = Digest(of: Array(ordered.map(\.text).joined(separator: [UInt8(ascii: "\n")])))
        longestApproval = grants.compactMap { $0.approval?.ttl }.max { $0.count < $1.count }
        let byTarget = Dictionary(grouping: ordered.map(\.grant), by: \.target)
        self.grants = byTarget.mapValues(GrantSet.init)
        visible = Dictionary(grouping: byTarget.values.joined(), by: { Audience($0.target.role, $0.target.upstream) })
            .mapValues(Visibility.init)
        ends = Dictionary(
            grants.map { (Audience($0.target.role, $0.target.upstream), $0.expires) }, uniquingKeysWith: max)
        prefixes = Dictionary(grouping: self.grants.keys, by: { Audience($0.role, $0.upstream) })
            .mapValues { [sets = self.grants] targets in
                targets.compactMap { target in
                    guard case .resources(let prefix) = target.subject, let set = sets[target] else { return nil }
                    return (prefix, set)
                }
            }
    }

    /// Decides about `call` at the moment `now`.
    ///
    /// The second decision about a call passes the approval as a fact; it is checked here again, whatever the store
    /// that kept it has checked. Anything that cannot be evaluated denies.
    package func decide(_ call: ToolCall, approval: ApprovalFact?, now: UnixTime) -> Decision {
        if let request = call.task { return decide(request, call, approval: approval, now: now) }
        guard let set = grants(for: call.subject, role: call.principal.role, upstream: call.upstream) else {
            return .deny(.noGrant)
        }
        switch set.verdict(on: call.arguments, now: now) {
        case .refused(let reason): return .deny(reason)
        case .permitted(let grant): return .permit(authorize(call, by: grant, approval: nil))
        case .needsApproval(let grant, let rule):
            return decide(call, by: grant, under: rule, approval: approval, now: now)
        }
    }

    func decide(
        _ call: ToolCall, by grant: GrantID, under rule: ApprovalRule, approval: ApprovalFact?, now: UnixTime
    ) -> Decision {
        let requirement = requirement(of: rule, for: call, grant: grant)
        guard let approval else { return .approvalRequired(requirement) }
        if let reason = approval.fault(against: requirement, requester: call.principal, now: now) {
            return .deny(reason)
        }
        return .permit(authorize(call, by: grant, approval: approval))
    }

    /// The tools of `upstream` that `principal` holds a live grant for; nothing else exists for it.
    package func visibleTools(for principal: Principal, upstream: UpstreamID, now: UnixTime) -> Set<ToolName> {
        visible[Audience(principal.role, upstream)]?.tools(at: now) ?? []
    }

    /// Whether `principal` holds any live grant on `upstream`; otherwise the upstream does not exist for it.
    package func hasGrant(on upstream: UpstreamID, _ principal: Principal, now: UnixTime) -> Bool {
        ends[Audience(principal.role, upstream)].map { now < $0 } ?? false
    }

    /// Whether `principal` holds a live grant for `subject`; what it may not use it is not shown.
    package func isVisible(
        _ subject: CallSubject, to principal: Principal, upstream: UpstreamID, now: UnixTime
    ) -> Bool {
        let set = grants(for: subject, role: principal.role, upstream: upstream)
        return set?.grants.contains { now < $0.expires } ?? false
    }

    /// Everything that is granted for `subject`: by its own name, and for a resource by what it lies below.
    func grants(for subject: CallSubject, role: RoleName, upstream: UpstreamID) -> GrantSet? {
        let exact = grants[GrantTarget(role: role, upstream: upstream, subject: GrantSubject(subject))]
        guard case .resource(let uri) = subject, let prefixes = prefixes[Audience(role, upstream)] else { return exact }
        let above = prefixes.filter { $0.prefix.covers(uri) }
        guard !above.isEmpty else { return exact }
        return GrantSet((exact?.grants ?? []) + above.flatMap(\.set.grants).sorted { $0.id < $1.id })
    }

    func authorize(_ call: ToolCall, by grant: GrantID, approval: ApprovalFact?) -> AuthorizedCall {
        AuthorizedCall(call: call, grant: grant, policyDigest: digest, approval: approval)
    }

    private func requirement(of rule: ApprovalRule, for call: ToolCall, grant: GrantID) -> ApprovalRequirement {
        ApprovalRequirement(
            grant: grant,
            approvers: rule.approvers.filter { !call.principal.isRequester($0) }.sorted { $0.rawValue < $1.rawValue },
            quorum: rule.quorum, ttl: rule.ttl, bindingDigest: Digest(binding: call, to: digest))
    }
}

/// Whom a list of tools is shown to.
private struct Audience: Hashable, Sendable {
    let role: RoleName
    let upstream: UpstreamID

    init(_ role: RoleName, _ upstream: UpstreamID) {
        self.role = role
        self.upstream = upstream
    }
}

/// The tools of one audience, and until when each is granted.
private struct Visibility: Sendable {
    private let ends: [ToolName: UnixTime]
    private let all: Set<ToolName>
    /// Before this moment `all` is the answer.
    private let firstEnd: UnixTime

    init(_ grants: [Grant]) {
        let tools = grants.compactMap { grant in grant.target.subject.tool.map { ($0, grant.expires) } }
        ends = Dictionary(tools, uniquingKeysWith: max)
        all = Set(ends.keys)
        firstEnd = ends.values.min() ?? UnixTime(microseconds: .min)
    }

    func tools(at now: UnixTime) -> Set<ToolName> {
        now < firstEnd ? all : all.filter { tool in ends[tool].map { now < $0 } ?? false }
    }
}
