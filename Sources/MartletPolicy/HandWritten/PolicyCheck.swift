import MartletCedar

/// Checks all policies against the schema, strictly. Who starts without this check may run policies that never apply.
package struct PolicyCheck: Sendable {
    private let schema: PolicySchema
    private let entries: [CompiledGrants.Entry]
    private let policies: [HandWrittenPolicy]
    private let terms: GrantTerms

    package init(_ compiled: CompiledGrants, _ policies: [HandWrittenPolicy], terms: GrantTerms) {
        schema = PolicySchema(grants: compiled.grants, terms: terms)
        entries = compiled.entries
        self.policies = policies
        self.terms = terms
    }

    /// What fails the start; empty when every policy is valid.
    package func problems() -> [SourceProblem] {
        var problems = reservedNames + repeatedNames
        do throws(SchemaError) {
            let validator = Validator(try schema.schema())
            for entry in entries { problems += self.problems(of: entry, validator) }
            for policy in GrantLimits(entries.map(\.grant), beside: policies).policies {
                problems += self.problems(of: policy, entries[0], validator)
            }
            for policy in policies { problems += self.problems(of: policy, validator) }
        } catch {
            let place = policies.first.map { ($0.file, $0.line) } ?? entries.first.map { ($0.file, $0.line) }
            problems.append(
                SourceProblem(
                    file: place?.0 ?? "grants", line: place?.1 ?? 1, problem: "no schema can be made: \(error.reason)",
                    fix: "report this; the names of tools or arguments are the cause"))
        }
        return problems
    }

    /// A policy of a grant is valid by construction; this says so at every start, and names the grant if it is not.
    private func problems(of entry: CompiledGrants.Entry, _ validator: Validator) -> [SourceProblem] {
        entry.grant.compiled.flatMap { problems(of: $0, entry, validator) }
    }

    private func problems(
        of policy: CompiledPolicy, _ entry: CompiledGrants.Entry, _ validator: Validator
    ) -> [SourceProblem] {
        validator.validate(policy.body, id: policy.id).errors.prefix(1).map { error in
            SourceProblem(
                file: entry.file, line: entry.line,
                problem: "the policy \(policy.id) of this grant is not valid: \(error.kind.text)",
                fix: "see it with `martlet grants compile`")
        }
    }

    private func problems(of policy: HandWrittenPolicy, _ validator: Validator) -> [SourceProblem] {
        let result = validator.validate(policy.body, id: Text(policy.id.rawValue))
        // That a scope fits no call is what a misspelled name in it comes to.
        let named = result.errors.filter { !$0.kind.isScope }
        let errors = (named.isEmpty ? result.errors : named).map { error in
            policy.problem(at: error.span, error.kind.text, fix: error.kind.advice(in: validator.schema))
        }
        if !errors.isEmpty { return errors }
        return result.warnings.map { _ in
            policy.problem(
                at: policy.body.span, "no call can satisfy this policy", fix: "correct its conditions, or remove it")
        }
    }

    /// An action of a tool and one of the protocol would be one.
    private var reservedNames: [SourceProblem] {
        entries.compactMap { entry in
            guard let tool = entry.grant.target.subject.tool else { return nil }
            let id = CedarModel.id(of: tool, on: entry.grant.target.upstream)
            guard CedarModel.reserved.contains(id) else { return nil }
            return SourceProblem(
                file: entry.file, line: entry.line, problem: "\"\(id)\" is a method of MCP and cannot be a tool's name",
                fix: "call the upstream by another name in the configuration")
        }
    }

    private var repeatedNames: [SourceProblem] {
        var places = Dictionary(entries.map { ($0.grant.id, "\($0.file):\($0.line)") }) { first, _ in first }
        return policies.compactMap { policy in
            let place = "\(policy.file):\(policy.line)"
            guard let other = places[policy.id] else {
                places[policy.id] = place
                return nil
            }
            return SourceProblem(
                file: policy.file, line: policy.line,
                problem: "the id \"\(policy.id)\" of the grant or policy in \(other)",
                fix: "give it another @id")
        }
    }
}

extension CompiledGrants.Entry {
    fileprivate var file: String { declaration.file }
    fileprivate var line: Int { declaration.line }
}

extension HandWrittenPolicy {
    fileprivate func problem(at span: SourceSpan, _ problem: String, fix: String) -> SourceProblem {
        let line = span == .none ? self.line : SourcePlace(of: span.start, in: source).line
        return SourceProblem(file: file, line: line, problem: "policy \"\(id)\": \(problem)", fix: fix)
    }
}
