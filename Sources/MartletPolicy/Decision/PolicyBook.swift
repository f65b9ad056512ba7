import MartletCedar
import MartletCore

/// All policies in force, ready to be asked: those of the grants, the built-in ones, the hand-written ones.
struct PolicyBook: Sendable {
    let authorizer: Authorizer
    /// Grants, and actions in their groups. Callers, prompts and resources are laid over it, call by call. Nil when two
    /// grants of one id contradict each other: then nothing is permitted.
    let entities: EntityStore?
    let hasHandWritten: Bool
    private let policies: [PolicyID: CompiledPolicy]
    private let tools: [UpstreamID: [ToolName: ToolPlan]]
    private let upstreams: [UpstreamID: EntityUID]
    private let roles: [RoleName: Set<EntityUID>]
    private let grantIDs: Set<GrantID>

    /// What is known of a tool before it is called.
    struct ToolPlan: Sendable {
        let action: EntityUID
        let answer: EntityUID
        let facts: FactPlan
    }

    /// `grants` in their fixed order: of several that permit a call, the first one is named.
    init(_ grants: [Grant], _ handWritten: [HandWrittenPolicy], tools declared: [DeclaredTool]) {
        let reads = PolicyReads(handWritten)
        var set = PolicySet()
        var policies: [PolicyID: CompiledPolicy] = [:]
        let written = handWritten.map { CompiledPolicy(Text($0.id.rawValue), .handWritten, $0.body) }
        let limits = GrantLimits(grants, beside: handWritten).policies
        for policy in grants.flatMap(\.compiled) + limits + BuiltInPolicies.all + written {
            policies[set.add(policy)] = policy
        }
        authorizer = Authorizer(set)
        self.policies = policies
        hasHandWritten = !handWritten.isEmpty
        var tools: [UpstreamID: [ToolName: ToolPlan]] = [:]
        for tool in declared {
            tools[tool.upstream, default: [:]][tool.name] = ToolPlan(
                action: tool.action, answer: tool.answer, facts: FactPlan(tool, reads))
        }
        self.tools = tools
        let named = Set(grants.map(\.target.upstream)).union(declared.map(\.upstream))
        upstreams = Dictionary(uniqueKeysWithValues: named.map { ($0, CedarModel.uid($0)) })
        let roles = Set(grants.map(\.target.role))
        self.roles = Dictionary(uniqueKeysWithValues: roles.map { ($0, [CedarModel.uid($0)]) })
        grantIDs = Set(grants.lazy.filter { $0.target.subject.tool != nil }.map(\.id))
        entities = Self.entities(grants, declared)
    }

    private static func entities(_ grants: [Grant], _ tools: [DeclaredTool]) -> EntityStore? {
        let actions = tools.flatMap { tool in
            [
                Entity(tool.action, parents: [CedarModel.callTool]),
                Entity(tool.answer, parents: [CedarModel.answerTask]),
            ]
        }
        do {
            return try EntityStore(actions + grants.compactMap(\.entity))
        } catch {
            return nil
        }
    }

    subscript(id: PolicyID) -> CompiledPolicy? { policies[id] }
    subscript(tool: ToolName, upstream: UpstreamID) -> ToolPlan? { tools[upstream]?[tool] }

    func uid(_ upstream: UpstreamID) -> EntityUID { upstreams[upstream] ?? CedarModel.uid(upstream) }
    func parents(of role: RoleName) -> Set<EntityUID> { roles[role] ?? [CedarModel.uid(role)] }
    func hasGrant(_ id: GrantID) -> Bool { grantIDs.contains(id) }
}

extension PolicySet {
    /// Adds the policy under its id. Ids are unique where grants are compiled; a second one of an id gets another one.
    fileprivate mutating func add(_ policy: CompiledPolicy) -> PolicyID {
        var id = policy.id
        while true {
            do {
                try add(policy.body, id: id)
                return id
            } catch {
                id = Text("\(id)#again")
            }
        }
    }
}

extension Grant {
    /// What a request about a task finds of the grant by which the task began.
    fileprivate var entity: Entity? {
        guard let tool = target.subject.tool else { return nil }
        return Entity(
            CedarModel.uid(id),
            attributes: Record([
                Record.Field(key: "expires", value: .datetime(Datetime(expires))),
                Record.Field(key: "role", value: .entity(CedarModel.uid(target.role))),
                Record.Field(key: "tool", value: .string(Text(tool.rawValue))),
                Record.Field(key: "upstream", value: .entity(CedarModel.uid(target.upstream))),
            ]))
    }
}
