package import MartletCore

/// What gives the words of grants their meaning: everything of the configuration that a grant refers to.
package struct GrantTerms: Sendable {
    package var scopes: ScopeRegistry
    package var bindings: ToolBindings
    /// The roles that agents can have; nil when tokens name them and no closed list exists.
    package var roles: Set<RoleName>?
    package var upstreams: Set<UpstreamID>
    package var approvers: ApproverDirectory
    /// How long an approval lasts when the grant does not say it.
    package var approvalTTL: Seconds
    /// How long a grant of the short form lasts, from the day it was first seen.
    package var defaultLifetime: Seconds

    package init(
        scopes: ScopeRegistry, bindings: ToolBindings, roles: Set<RoleName>?, upstreams: Set<UpstreamID>,
        approvers: ApproverDirectory, approvalTTL: Seconds, defaultLifetime: Seconds
    ) {
        self.scopes = scopes
        self.bindings = bindings
        self.roles = roles
        self.upstreams = upstreams
        self.approvers = approvers
        self.approvalTTL = approvalTTL
        self.defaultLifetime = defaultLifetime
    }

    /// Turns declarations into grants.
    ///
    /// `listed` is what the upstreams themselves say they offer, as far as known; it counts only for tools that the
    /// configuration's `tools:` name nowhere, so that an upstream cannot draw another one's grant to itself by listing
    /// a tool of the same name; and it counts only once every upstream has an entry. `firstSeen` is the store's; a grant of the short form that is missing there is new
    /// today.
    package func compile(
        _ declarations: [GrantDeclaration], listed: [UpstreamID: Set<ToolName>], firstSeen: [GrantKey: UnixTime],
        now: UnixTime
    ) -> CompiledGrants {
        var result = CompiledGrants()
        for declaration in declarations {
            var compiler = GrantCompiler(terms: self, declaration: declaration, now: now)
            let seen = firstSeen[declaration.key]
            if declaration.isShortForm, seen == nil { result.newlySeen.append(declaration.key) }
            let outcome = compiler.compile(listed: listed, firstSeen: seen ?? now)
            result.problems += compiler.problems.all
            switch outcome {
            case .grant(let grant): result.add(grant, from: declaration)
            case .notOffered: result.pending.append(declaration)
            case .refused: break
            }
        }
        return result
    }
}

/// The grants that can be enforced, and what stands against the rest.
package struct CompiledGrants: Sendable {
    package struct Entry: Sendable {
        package let grant: Grant
        package let declaration: GrantDeclaration
    }

    package fileprivate(set) var entries: [Entry] = []
    /// Anything here fails the start.
    package fileprivate(set) var problems: [SourceProblem] = []
    /// Grants of tools that no known upstream offers yet. They permit nothing.
    package fileprivate(set) var pending: [GrantDeclaration] = []
    /// Grants of the short form whose first day the store does not know yet.
    package fileprivate(set) var newlySeen: [GrantKey] = []

    package var grants: [Grant] { entries.map(\.grant) }

    /// The grants that end within `notice` from `now`, soonest first.
    package func ending(within notice: Seconds, now: UnixTime) -> [Entry] {
        entries.filter { $0.grant.expires < now.advanced(by: notice) }
            .sorted { $0.grant.expires < $1.grant.expires }
    }

    fileprivate mutating func add(_ grant: Grant, from declaration: GrantDeclaration) {
        if let problem = conflict(of: grant, from: declaration) {
            problems.append(problem)
        } else {
            entries.append(Entry(grant: grant, declaration: declaration))
        }
    }

    private func conflict(of grant: Grant, from declaration: GrantDeclaration) -> SourceProblem? {
        for entry in entries {
            let place = "\(entry.declaration.file):\(entry.declaration.line)"
            if entry.grant.meaning == grant.meaning {
                return declaration.problem("the same grant as in \(place)", fix: "remove one of them")
            }
            if entry.grant.id == grant.id {
                return declaration.problem("the id \"\(grant.id)\" of the grant in \(place)", fix: "choose another id")
            }
            if entry.grant.target == grant.target, let one = entry.grant.approval, let other = grant.approval,
                one.approvers.isDisjoint(with: other.approvers)
            {
                return declaration.problem(
                    "nobody may approve for this grant and the one in \(place), and both ask for approval",
                    fix: "name at least one common approver")
            }
        }
        return nil
    }
}

extension GrantDeclaration {
    fileprivate func problem(_ problem: String, fix: String) -> SourceProblem {
        SourceProblem(file: file, line: line, problem: problem, fix: fix)
    }
}
