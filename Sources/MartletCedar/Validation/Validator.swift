/// Checks policies against a schema. Source: cedar-policy 4.12, `validator.rs`.
public struct Validator: Sendable {
    /// What policies are checked against.
    public let schema: Schema
    /// Steps that one policy may take over all environments. Default 20 million: about ten seconds.
    var budget = 20_000_000

    /// Checks against this schema.
    public init(_ schema: Schema) { self.schema = schema }

    /// Checks all policies, templates and links.
    ///
    /// With a level, also checks that no policy looks further into the entities than that. Source: RFC 76.
    public func validate(
        _ policies: PolicySet, mode: ValidationMode = .strict, level: Int? = nil
    ) -> ValidationResult {
        var result = ValidationResult()
        for policy in policies.policies where policy.link == nil {
            validate(policy.body, id: policy.id, mode, level, into: &result)
        }
        for template in policies.templates { validate(template.body, id: template.id, mode, level, into: &result) }
        for policy in policies.policies {
            guard let link = policy.link else { continue }
            result.errors += errors(of: policy, link)
        }
        return result
    }

    /// Checks one policy or template.
    public func validate(
        _ policy: PolicyBody, id: PolicyID, mode: ValidationMode = .strict, level: Int? = nil
    ) -> ValidationResult {
        var result = ValidationResult()
        validate(policy, id: id, mode, level, into: &result)
        return result
    }

    private func validate(
        _ policy: PolicyBody, id: PolicyID, _ mode: ValidationMode, _ level: Int?, into result: inout ValidationResult
    ) {
        var errors = PolicyNames(policy).errors(schema, policy: id)
        if let kind = ScopeCheck(schema, policy).error {
            errors.append(ValidationError(policy: id, kind: kind, span: policy.span))
        }
        var check = PolicyCheck(schema, policy, id: id, mode, level: level, budget: budget)
        check.run()
        errors += check.errors
        var seen: Set<ValidationError> = []
        result.errors += errors.filter { seen.insert($0).inserted }
        if check.isImpossible { result.warnings.append(.impossiblePolicy(id)) }
    }

    /// The template was checked for all types that can fill its slots; here only that these ones exist and match.
    private func errors(of policy: Policy, _ link: Policy.Link) -> [ValidationError] {
        var kinds = Slot.allCases.compactMap { link.slots[$0]?.type }.filter {
            !$0.isAction && schema.entityTypes[$0] == nil
        }.map(ValidationError.Kind.unknownEntityType)
        if let kind = ScopeCheck(schema, policy.body).error { kinds.append(kind) }
        return kinds.map { ValidationError(policy: policy.id, kind: $0, span: policy.body.span) }
    }
}
