import MartletCedar
import MartletCore
import MartletJSON

/// A call as Cedar is asked about it.
struct Question {
    var request: Request
    let entities: EntityStore
    /// What is wrong with arguments that hand-written policies look at.
    var fault: DenialReason?
}

extension PolicyBook {
    /// Nil for a tool that neither a grant nor the configuration names: no policy can say anything about it.
    func question(_ call: ToolCall, _ approval: ApprovalFact?, policy: Digest, now: UnixTime) -> Question? {
        guard let entities else { return nil }
        var context = ContextBuilder(call, now: now, isFull: hasHandWritten)
        if let approval { context.add(approval, Digest(binding: call, to: policy), by: call.principal) }
        let agent = CedarModel.agent(call.principal.agent)
        let caller = Entity(agent, parents: parents(of: call.principal.role))
        var item: Entity?
        var fault: DenialReason?
        let action: EntityUID
        var resource = uid(call.upstream)
        switch call.subject {
        case .tool(let tool):
            if let request = call.task {
                guard let found = self.action(of: request, tool, call.upstream) else { return nil }
                action = found
                context.add(request, tool, isKnown: hasGrant)
            } else {
                guard let plan = self[tool, call.upstream] else { return nil }
                action = plan.action
                let facts = plan.facts.facts(of: call.arguments)
                context.add(facts)
                fault = facts.fault
            }
        case .prompt(let name):
            action = CedarModel.getPrompt
            resource = CedarModel.prompt(name, on: call.upstream)
            item = Entity(resource, parents: [uid(call.upstream)])
            context.add(object: call.arguments)
        case .resource(let uri):
            action = CedarModel.readResource
            resource = CedarModel.resource(uri, on: call.upstream)
            item = Entity(resource, parents: [uid(call.upstream)])
            context.add(object: call.arguments)
            context.add(uri)
        }
        do {
            let request = Request(principal: agent, action: action, resource: resource, context: context.record)
            let known = try item.map { try entities.adding([caller, $0]) } ?? entities.adding(caller)
            return Question(request: request, entities: known, fault: fault)
        } catch {
            return nil
        }
    }

    /// Answers to a tool's tasks have their own action; one of a tool that nothing names any more does not exist.
    private func action(of request: TaskRequest, _ tool: ToolName, _ upstream: UpstreamID) -> EntityUID? {
        switch request.action {
        case .look: CedarModel.lookAtTask
        case .answer: self[tool, upstream]?.answer
        case .cancel: CedarModel.cancelTask
        }
    }
}

/// The context of a request, field by field.
private struct ContextBuilder {
    private var fields: [Record.Field] = []
    private let isFull: Bool

    /// Who asks and how is said only where somebody could ask for it: compiled policies do not.
    init(_ call: ToolCall, now: UnixTime, isFull: Bool) {
        self.isFull = isFull
        fields.reserveCapacity(8)
        add(ContextKey.now, .datetime(Datetime(now)))
        guard isFull else { return }
        add(ContextKey.caller, .record(Self.caller(call.principal)))
        add(ContextKey.method, .string(Text(call.method)))
        add(ContextKey.model, .record(Self.model(call.model)))
    }

    private mutating func add(_ key: Text, _ value: Value) { fields.append(Record.Field(key: key, value: value)) }

    var record: Record { Record(fields.sorted { $0.key < $1.key }) }

    mutating func add(_ facts: FactPlan.Facts) {
        if isFull { add(ContextKey.args, .record(facts.arguments)) }
        add(ContextKey.derived, .record(facts.derived))
    }

    mutating func add(object arguments: JSONValue?) {
        let isObject = arguments.map { $0.kind == .object } ?? true
        add(ContextKey.derived, .record(Record([Record.Field(key: ContextKey.object, value: .bool(isObject))])))
    }

    mutating func add(_ uri: ResourceURI) {
        add(ContextKey.straight, .bool(ResourcePrefix.isStraight(uri)))
        add(ContextKey.uri, .string(Text(uri.rawValue)))
    }

    mutating func add(_ request: TaskRequest, _ tool: ToolName, isKnown: (GrantID) -> Bool) {
        if let id = GrantID(request.task.grant), isKnown(id) { add(ContextKey.grant, .entity(CedarModel.uid(id))) }
        add(ContextKey.tool, .string(Text(tool.rawValue)))
    }

    mutating func add(_ approval: ApprovalFact, _ asked: Digest, by requester: Principal) {
        let approvers = Set(approval.approvers).map { Value.entity(CedarModel.user($0)) }
        let requesters = ([requester.agent, requester.user].compactMap { $0 } + requester.actors)
            .map { Value.entity(CedarModel.user($0)) }
        let fact = Record([
            Record.Field(key: "approvers", value: .set(ValueSet(approvers))),
            Record.Field(key: "asked", value: .string(Text(asked.description))),
            Record.Field(key: "count", value: .long(Int64(approvers.count))),
            Record.Field(key: "expires", value: .datetime(Datetime(approval.expires))),
            Record.Field(key: "given", value: .string(Text(approval.bindingDigest.description))),
            Record.Field(key: "granted", value: .datetime(Datetime(approval.grantedAt))),
            Record.Field(key: "requesters", value: .set(ValueSet(requesters))),
        ])
        add(ContextKey.approval, .record(fact))
    }

    private static func caller(_ principal: Principal) -> Record {
        let actors = principal.actors.map { Value.entity(CedarModel.user($0)) }
        var fields = [
            Record.Field(key: "actors", value: .set(ValueSet(actors))),
            Record.Field(key: "issuer", value: .string(Text(principal.issuer))),
        ]
        if let user = principal.user {
            fields.append(Record.Field(key: "user", value: .entity(CedarModel.user(user))))
        }
        return Record(fields)
    }

    private static func model(_ model: ModelAttribution) -> Record {
        let name = model.name.map { [Record.Field(key: "name", value: .string(Text($0)))] } ?? []
        let assurance = Record.Field(key: "assurance", value: .string(Text(model.assurance.rawValue)))
        return Record([assurance] + name)
    }
}
