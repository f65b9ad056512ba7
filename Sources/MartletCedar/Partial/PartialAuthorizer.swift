/// Answers requests of which only a part is known, as far as they have an answer. Source: Cedar RFC 95, "type-aware
/// partial evaluation"; cedar-policy 4.12, `tpe/`; ADR-0018.
///
/// "Which files may Alice read?" is a request with any resource of the type `File`; "who may pay?" one with any principal.
public struct PartialAuthorizer: Sendable {
    private let policies: PolicySet
    private let schema: Schema

    /// Checks the policies: only what is strictly valid has no errors of type that a residual could hide.
    public init(_ policies: PolicySet, schema: Schema) throws(PartialError) {
        let result = Validator(schema).validate(policies)
        guard result.isValid else { throw .invalidPolicies(result.errors) }
        self.policies = policies
        self.schema = schema
    }

    /// The decision where it is known already, and what is left of each policy.
    ///
    /// Holds for all requests and entities that fit the schema and complete what is known.
    public func response(
        to request: PartialRequest, entities: PartialEntities = .unknown
    ) throws(PartialError) -> PartialResponse {
        try schema.validate(request)
        let evaluator = PartialEvaluator(request: request, entities: entities, schema: schema)
        return PartialResponse(
            request: request, entities: entities,
            outcomes: policies.policies.map { (policy: $0, outcome: evaluator.outcome(of: $0.body)) })
    }
}

extension Schema {
    /// Checks what is known of a request.
    fileprivate func validate(_ request: PartialRequest) throws(PartialError) {
        guard let definition = actions[request.action] else { throw .request(.unknownAction(request.action)) }
        guard definition.principals.contains(request.principal.type) else {
            throw .request(.principalType(request.principal.type, action: request.action))
        }
        guard definition.resources.contains(request.resource.type) else {
            throw .request(.resourceType(request.resource.type, action: request.action))
        }
        for uid in [request.principal.uid, request.resource.uid] {
            if let uid, !isPossible(uid) { throw .request(.unknownEnumeratedEntity(uid)) }
        }
        let fits =
            switch request.context {
            case .known(let record): definition.context.contains(record)
            case .partial(let record):
                record.fields.allSatisfy { definition.context[$0.key]?.type.contains($0.value) ?? false }
            }
        guard fits else { throw .request(.context(action: request.action)) }
    }
}
