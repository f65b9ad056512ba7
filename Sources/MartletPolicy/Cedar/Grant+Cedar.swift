import MartletCedar
import MartletCore

extension Grant {
    /// What the grant means: a permit, and a forbid when somebody has to approve. Source: ADR-0019.
    var compiled: [CompiledPolicy] { [permit] + (approval.map { [forbid($0)] } ?? []) }

    private var permit: CompiledPolicy {
        var annotations: [(Text, String)] = [("expires", expires.rfc3339)]
        if let owner { annotations.append(("owner", owner.rawValue)) }
        if !constraints.isEmpty { annotations.append(("scope", constraints.map(\.source).joined(separator: ", "))) }
        return CompiledPolicy(
            Text(id.rawValue), .grant(id), .permit, annotations: annotations,
            principal: .in(.entity(CedarModel.uid(target.role))), action: .equal(target.action),
            resource: target.resource, when: target.clauses + [[.before(expires)]] + argumentClauses)
    }

    /// What the grant says about arguments.
    var argumentClauses: [ClauseGroup] {
        let isObject = Clause(Expression.context("derived", "object"), .wrongType, gate: .restOfPolicy)
        let closed = isClosed ? [[Clause(ClosedPaths(constraints).expression, .argumentUnknown)]] : []
        return [[isObject]] + constraints.map(\.clauses) + closed
    }

    /// As long as the grant lives, every call of its role and tool needs approval, also one that another policy permits;
    /// so do answers to a task of the tool.
    private func forbid(_ rule: ApprovalRule) -> CompiledPolicy {
        let id = Text("\(id)#approval")
        let annotations: [(Text, String)] = [
            ("id", id.string), ("remedy", "approval"),
            ("approvers", rule.approvers.map(\.rawValue).sorted().joined(separator: " ")),
            ("approvals", "\(rule.quorum)"), ("approval_ttl", rule.ttl.text),
        ]
        let body = PolicyBody(
            .forbid, annotations: annotations.map { Annotation(name: $0.0, value: Text($0.1)) },
            principal: .in(.entity(CedarModel.uid(target.role))), action: .inAny(target.approvedActions),
            resource: target.resource,
            conditions: [
                Condition(.when, Clause.before(expires).expression),
                Condition(.unless, .all(rule.clauses.map(\.expression))),
            ])
        return CompiledPolicy(id, .approval(rule), body, clauses: [rule.clauses])
    }
}

extension GrantTarget {
    var action: EntityUID {
        switch subject {
        case .tool(let tool): CedarModel.action(Text(CedarModel.id(of: tool, on: upstream)))
        case .prompt: CedarModel.getPrompt
        case .resource, .resources: CedarModel.readResource
        }
    }

    fileprivate var approvedActions: [EntityUID] {
        guard case .tool(let tool) = subject else { return [action] }
        return [action, CedarModel.answer(to: tool, on: upstream)]
    }

    var resource: ScopeConstraint {
        switch subject {
        case .tool: .equal(.entity(CedarModel.uid(upstream)))
        case .prompt(let name): .equal(.entity(CedarModel.prompt(name, on: upstream)))
        case .resource(let uri): .equal(.entity(CedarModel.resource(uri, on: upstream)))
        case .resources: .in(.entity(CedarModel.uid(upstream)))
        }
    }

    /// What a prefix adds to the scope: the URI lies below it, and nothing in it could lead elsewhere.
    fileprivate var clauses: [ClauseGroup] {
        guard case .resources(let prefix) = subject else { return [] }
        let uri = Expression.context("uri")
        let conditions = [
            Expression.begins(uri, with: prefix.rawValue),
            .compare(.notEqual, uri, .text(Text(prefix.rawValue))),
            Expression.context("straight"),
        ]
        return [conditions.map { Clause($0, .noGrant, gate: .restOfPolicy) }]
    }
}

extension ApprovalRule {
    /// What an approval must be, in the order in which a caller is told what it is not.
    fileprivate var clauses: ClauseGroup {
        let approval = Expression.context("approval")
        let now = Expression.context("now")
        let end = Expression(.call(.offset, [approval["granted"], .duration(ttl)]))
        let people = approvers.sorted { $0.rawValue < $1.rawValue }.map { Expression.entity(CedarModel.user($0)) }
        return [
            Clause(Expression.context().has("approval"), .approvalMismatch),
            Clause(.compare(.equal, approval["given"], approval["asked"]), .approvalMismatch),
            Clause(.compare(.lessOrEqual, approval["granted"], now), .approvalNotYetValid),
            Clause(.compare(.less, now, approval["expires"]), .approvalExpired),
            // The policy's time to live holds, whatever end the store wrote down.
            Clause(.compare(.less, now, end), .approvalExpired),
            Clause(
                .compare(.greaterOrEqual, approval["count"], .long(Int64(max(1, quorum)))), .approvalIncomplete),
            Clause(.list(people, holds: approval["approvers"]), .approverNotAllowed),
        ]
    }
}
