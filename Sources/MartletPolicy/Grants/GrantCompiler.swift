import MartletCore
import MartletJSON

/// Gives one declaration its meaning under the terms of the configuration.
struct GrantCompiler {
    enum Outcome {
        case grant(Grant)
        case notOffered
        case refused
    }

    let terms: GrantTerms
    let declaration: GrantDeclaration
    let now: UnixTime
    var problems: SourceProblems

    init(terms: GrantTerms, declaration: GrantDeclaration, now: UnixTime) {
        self.terms = terms
        self.declaration = declaration
        self.now = now
        problems = SourceProblems(file: declaration.file)
    }

    mutating func compile(listed: [UpstreamID: Set<ToolName>], firstSeen: UnixTime) -> Outcome {
        checkRole()
        let expires = end(firstSeen: firstSeen)
        let approval = approvalRule()
        guard let upstream = upstream(listed: listed) else {
            return problems.all.isEmpty ? .notOffered : .refused
        }
        let constraints = scopeConstraints(upstream) + declaredConstraints(upstream)
        refuseContradictions(constraints)
        guard problems.all.isEmpty else { return .refused }
        let target = GrantTarget(role: declaration.role, upstream: upstream, subject: declaration.subject)
        let meaning = Grant.meaning(
            of: target, constraints: constraints, isClosed: declaration.isClosed, approval: approval)
        let id = declaration.id ?? GrantID(of: target, meaning: meaning)
        return .grant(
            Grant(
                id: id, target: target, expires: expires, owner: declaration.owner, constraints: constraints,
                isClosed: declaration.isClosed, approval: approval))
    }

    mutating func add(_ member: String, _ problem: String, fix: String) {
        problems.add(line: declaration.lines.line(of: member), problem, fix: fix)
    }
}

// Who, where, until when
extension GrantCompiler {
    private mutating func checkRole() {
        guard let known = terms.roles, !known.contains(declaration.role) else { return }
        add(
            "agent_role", "unknown role \"\(declaration.role)\"",
            fix: Spelling.advice(for: declaration.role.rawValue, among: known.map(\.rawValue)))
    }

    private mutating func end(firstSeen: UnixTime) -> UnixTime {
        let end = declaration.expires ?? firstSeen.startOfDay.advanced(by: terms.defaultLifetime)
        guard end <= now else { return end }
        if declaration.isShortForm {
            add(
                "agent_role", "grant ended \(end.rfc3339), \(terms.defaultLifetime.text) after it was first seen",
                fix: "remove it, or renew it with \"expires\"")
        } else {
            add("expires", "grant ended \(end.rfc3339)", fix: "remove it, or renew \"expires\"")
        }
        return end
    }

    /// The upstream the grant names, or the one that offers its tool; nil when there is none (yet) or a problem.
    private mutating func upstream(listed: [UpstreamID: Set<ToolName>]) -> UpstreamID? {
        if let named = declaration.upstream {
            if terms.upstreams.contains(named) { return named }
            add(
                "upstream", "unknown upstream \"\(named)\"",
                fix: Spelling.advice(for: named.rawValue, among: terms.upstreams.map(\.rawValue)))
            return nil
        }
        let configured = offering(terms.bindings.offers)
        let offering = configured.isEmpty ? listing(listed) : configured
        if offering.count > 1 {
            let names = offering.map(\.rawValue).sorted()
            add(
                "tool", "tool \"\(declaration.subject.text)\" of two upstreams: \(names.joined(separator: ", "))",
                fix: "use the full form and name one: \"upstream\": \"\(names[0])\", \"expires\": …")
        } else if configured.isEmpty, let word = declaration.scope.first {
            problems.add(
                line: word.line, "scope \"\(word.text)\" without bindings of \"\(declaration.subject.text)\"",
                fix: "name the tool's arguments under tools: of its upstream in the configuration")
            return nil
        }
        return offering.count == 1 ? offering.first : nil
    }

    /// The upstreams that list the tool. While one upstream's list is unknown nobody can say that the tool has one home
    /// only, so the answer is nobody: an upstream that is down does not give its grants away.
    private func listing(_ listed: [UpstreamID: Set<ToolName>]) -> [UpstreamID] {
        terms.upstreams.allSatisfy { listed[$0] != nil } ? offering(listed) : []
    }

    private func offering(_ offers: [UpstreamID: Set<ToolName>]) -> [UpstreamID] {
        guard let tool = declaration.subject.tool else { return [] }
        return offers.filter { terms.upstreams.contains($0.key) && $0.value.contains(tool) }.map(\.key)
    }

    private mutating func approvalRule() -> ApprovalRule? {
        guard declaration.requiresApproval else { return nil }
        let approvers = declaration.approvers.map { people($0) } ?? terms.approvers.everyone
        if approvers.isEmpty, declaration.approvers == nil {
            add("requires_approval", "nobody may approve for this grant", fix: "add people under approvals.approvers")
        }
        return ApprovalRule(
            approvers: approvers, quorum: declaration.quorum, ttl: declaration.approvalTTL ?? terms.approvalTTL)
    }

    private mutating func people(_ words: [GrantDeclaration.ScopeWord]) -> Set<SubjectID> {
        var found: Set<SubjectID> = []
        for word in words {
            switch terms.approvers.people(named: word.text) {
            case .people(let people): found.formUnion(people)
            case .ambiguous:
                problems.add(
                    line: word.line, "\"\(word.text)\" is an approver and a role of approvers", fix: "rename the role")
            case .unknown:
                problems.add(
                    line: word.line, "unknown approver \"\(word.text)\"",
                    fix: Spelling.advice(for: word.text, among: terms.approvers.names))
            }
        }
        return found
    }
}

// What
extension GrantCompiler {
    private mutating func scopeConstraints(_ upstream: UpstreamID) -> [Constraint] {
        var constraints: [Constraint] = []
        for word in declaration.scope {
            guard let meaning = terms.scopes.meaning(of: word.text) else {
                problems.add(
                    line: word.line, "unknown scope \"\(word.text)\"", fix: terms.scopes.advice(for: word.text))
                continue
            }
            if let constraint = constraint(meaning, word, upstream) { constraints.append(constraint) }
        }
        return constraints
    }

    private mutating func constraint(
        _ meaning: ScopeRegistry.Meaning, _ word: GrantDeclaration.ScopeWord, _ upstream: UpstreamID
    ) -> Constraint? {
        switch meaning {
        case .amountAtMost(let maximum, let currency):
            guard let path = bound("amount", word, upstream), let currencyPath = bound("currency", word, upstream)
            else { return nil }
            let rule = AmountRule(minimum: nil, maximum: maximum, currency: currency, currencyPath: currencyPath)
            return Constraint(path: path, rule: .amount(rule), source: word.text)
        case .listed(let list):
            return bound(list.binding, word, upstream).map {
                Constraint(path: $0, rule: .texts(list.values), source: word.text)
            }
        }
    }

    private mutating func bound(
        _ binding: String, _ word: GrantDeclaration.ScopeWord, _ upstream: UpstreamID
    ) -> ArgumentPath? {
        if let path = path(of: binding, upstream) { return path }
        problems.add(
            line: word.line,
            "scope \"\(word.text)\" without a binding \"\(binding)\" of \"\(declaration.subject.text)\"",
            fix: "add \(binding): /argument to its bindings under upstream \(upstream) in the configuration")
        return nil
    }

    private func path(of binding: String, _ upstream: UpstreamID) -> ArgumentPath? {
        declaration.subject.tool.flatMap { terms.bindings.path(of: binding, upstream: upstream, tool: $0) }
    }

    private mutating func declaredConstraints(_ upstream: UpstreamID) -> [Constraint] {
        var constraints: [Constraint] = []
        for declared in declaration.constraints {
            switch declared.rule {
            case .ready(let rule):
                constraints.append(Constraint(path: declared.path, rule: rule, source: declared.source))
            case .amount(let range, let currency, let path):
                guard let path = path ?? currencyBinding(declared, upstream) else { continue }
                let rule = AmountRule(
                    minimum: range.minimum, maximum: range.maximum, currency: currency, currencyPath: path)
                constraints.append(Constraint(path: declared.path, rule: .amount(rule), source: declared.source))
            }
        }
        return constraints
    }

    private mutating func currencyBinding(_ declared: DeclaredConstraint, _ upstream: UpstreamID) -> ArgumentPath? {
        if let path = path(of: "currency", upstream) { return path }
        problems.add(
            line: declared.line, "an amount without an argument for its currency",
            fix: "add \"currency_argument\": \"/currency\", or bind currency in the configuration")
        return nil
    }

    /// Two currencies for one argument never hold together; such a grant permits nothing and hides a mistake.
    private mutating func refuseContradictions(_ constraints: [Constraint]) {
        var currencies: [ArgumentPath: Currency] = [:]
        for constraint in constraints {
            guard case .amount(let rule) = constraint.rule else { continue }
            let other = currencies.updateValue(rule.currency, forKey: rule.currencyPath)
            if let other, other != rule.currency {
                add(
                    "scope", "amounts in \(other) and in \(rule.currency) in one grant permit nothing",
                    fix: "write one grant for each currency")
            }
        }
    }
}

extension UnixTime {
    /// Midnight in UTC of the same day.
    fileprivate var startOfDay: UnixTime {
        let day: Int64 = 86_400_000_000
        let rest = microseconds % day
        return UnixTime(microseconds: microseconds - (rest < 0 ? rest + day : rest))
    }
}

extension GrantID {
    /// The id of a grant that was given none: role, tool (or what else it names, made fit) and 12 hex digits of what it
    /// means.
    init(of target: GrantTarget, meaning: [UInt8]) {
        let suffix = Hex.encode(Digest(of: meaning).bytes.prefix(6))
        let name = target.subject.text.utf8.prefix(128).map { Self.isAllowed($0) ? $0 : UInt8(ascii: "-") }
        self.init(unchecked: "\(target.role).\(String(decoding: name, as: UTF8.self)).\(suffix)")
    }
}
