import MartletCedar
import MartletCore

/// Whom hand-written policies concern, as far as their scopes say: for lists, where no call is at hand.
///
/// What a permit could allow is shown; what a forbid without conditions denies is hidden. Conditions are asked when the
/// call comes.
struct HandWrittenScopes: Sendable {
    private let permits: [Scope]
    private let forbids: [Scope]
    private let tools: [UpstreamID: [(name: ToolName, action: EntityUID)]]
    private let entities: EntityStore

    private struct Scope: Sendable {
        let principal: ScopeConstraint
        let action: ActionConstraint
        let resource: ScopeConstraint

        init(_ body: PolicyBody) {
            principal = body.principal
            action = body.action
            resource = body.resource
        }
    }

    init(_ policies: [HandWrittenPolicy], tools declared: [DeclaredTool], _ entities: EntityStore) {
        permits = policies.filter(\.isPermit).map { Scope($0.body) }
        forbids = policies.filter { !$0.isPermit && $0.body.conditions.isEmpty }.map { Scope($0.body) }
        tools = Dictionary(grouping: declared, by: \.upstream).mapValues { $0.map { ($0.name, $0.action) } }
        self.entities = entities
    }

    var isEmpty: Bool { permits.isEmpty && forbids.isEmpty }

    /// `granted`, with what permits add and without what forbids take away.
    func shown(_ granted: Set<ToolName>, to principal: Principal, on upstream: UpstreamID) -> Set<ToolName> {
        guard !isEmpty, let caller = caller(principal, resource: nil) else { return granted }
        let resource = CedarModel.uid(upstream)
        let permits = permits.filter { caller.isIn($0.principal, $0.resource, resource) }
        let forbids = forbids.filter { caller.isIn($0.principal, $0.resource, resource) }
        guard !permits.isEmpty || !forbids.isEmpty else { return granted }
        var shown = granted
        for (name, action) in tools[upstream] ?? [] {
            if permits.contains(where: { $0.action.admits(action, entities) }) { shown.insert(name) }
            if forbids.contains(where: { $0.action.admits(action, entities) }) { shown.remove(name) }
        }
        return shown
    }

    /// Whether a permit could allow this; whatever conditions it has.
    func couldPermit(_ subject: CallSubject, to principal: Principal, on upstream: UpstreamID) -> Bool {
        holds(permits, subject, principal, upstream)
    }

    func forbids(_ subject: CallSubject, to principal: Principal, on upstream: UpstreamID) -> Bool {
        holds(forbids, subject, principal, upstream)
    }

    /// Whether a permit could allow anything on the upstream.
    func couldPermitAnything(to principal: Principal, on upstream: UpstreamID) -> Bool {
        guard !permits.isEmpty else { return false }
        if !shown([], to: principal, on: upstream).isEmpty { return true }
        let others = [CedarModel.getPrompt, CedarModel.readResource]
        guard let caller = caller(principal, resource: nil) else { return false }
        return permits.contains { scope in
            others.contains { scope.action.admits($0, entities) }
                && scope.principal.admits(caller.uid, caller.entities) && scope.resource.couldBe(on: upstream)
        }
    }

    private func holds(
        _ scopes: [Scope], _ subject: CallSubject, _ principal: Principal, _ upstream: UpstreamID
    ) -> Bool {
        guard !scopes.isEmpty else { return false }
        let action: EntityUID
        let resource: EntityUID
        switch subject {
        case .tool(let tool):
            guard let found = tools[upstream]?.first(where: { $0.name == tool })?.action else { return false }
            (action, resource) = (found, CedarModel.uid(upstream))
        case .prompt(let name):
            (action, resource) = (CedarModel.getPrompt, CedarModel.prompt(name, on: upstream))
        case .resource(let uri):
            (action, resource) = (CedarModel.readResource, CedarModel.resource(uri, on: upstream))
        }
        let item = subject.tool == nil ? Entity(resource, parents: [CedarModel.uid(upstream)]) : nil
        guard let caller = caller(principal, resource: item) else { return false }
        return scopes.contains {
            caller.isIn($0.principal, $0.resource, resource) && $0.action.admits(action, entities)
        }
    }

    private func caller(_ principal: Principal, resource: Entity?) -> Caller? {
        let uid = CedarModel.agent(principal.agent)
        let agent = Entity(uid, parents: [CedarModel.uid(principal.role)])
        do {
            return Caller(uid: uid, entities: try entities.adding([agent] + (resource.map { [$0] } ?? [])))
        } catch {
            return nil
        }
    }

    /// A caller among the entities.
    private struct Caller {
        let uid: EntityUID
        let entities: EntityStore

        func isIn(_ principal: ScopeConstraint, _ scope: ScopeConstraint, _ resource: EntityUID) -> Bool {
            principal.admits(uid, entities) && scope.admits(resource, entities)
        }
    }
}

extension ScopeConstraint {
    /// Whether a prompt or resource of the upstream can pass.
    fileprivate func couldBe(on upstream: UpstreamID) -> Bool {
        switch self {
        case .any, .isType: true
        case .in(.entity(let uid)), .isTypeIn(_, .entity(let uid)), .equal(.entity(let uid)):
            uid == CedarModel.uid(upstream) || uid.id.utf8.starts(with: "\(upstream)/".utf8)
        case .equal(.slot), .in(.slot), .isTypeIn(_, .slot): false
        }
    }
}
