/// What is known about the answer to a part of a request.
public struct PartialResponse: Sendable {
    /// The decision of Cedar for every completion; nil when it depends.
    public let decision: Decision?
    /// The `permit` policies that every completion satisfies.
    public let permits: [PolicyID]
    /// The `forbid` policies that every completion satisfies.
    public let forbids: [PolicyID]
    /// The policies that fail for every completion.
    public let errors: [Response.Failure]
    /// What is left of the policies that depend on what is not known: with an open scope and one condition, under the
    /// same ids.
    public let residuals: [Policy]

    private let request: PartialRequest
    private let entities: PartialEntities
    private let order: [PolicyID]

    init(
        request: PartialRequest, entities: PartialEntities, outcomes: [(policy: Policy, outcome: PartialOutcome)]
    ) {
        self.request = request
        self.entities = entities
        order = outcomes.map(\.policy.id)
        var satisfied: [Effect: [PolicyID]] = [:]
        var failures: [Response.Failure] = []
        var residuals: [Policy] = []
        for (policy, outcome) in outcomes {
            switch outcome {
            case .unsatisfied: break
            case .satisfied: satisfied[policy.body.effect, default: []].append(policy.id)
            case .failed(let error): failures.append(Response.Failure(policy: policy.id, error: error))
            case .residual(let condition):
                residuals.append(Policy(id: policy.id, body: policy.body.residual(condition)))
            }
        }
        permits = satisfied[.permit] ?? []
        forbids = satisfied[.forbid] ?? []
        errors = failures
        self.residuals = residuals
        decision = Self.decision(permits, forbids, open: Set(residuals.map(\.body.effect)))
    }

    private static func decision(_ permits: [PolicyID], _ forbids: [PolicyID], open: Set<Effect>) -> Decision? {
        if !forbids.isEmpty { return .deny }
        if permits.isEmpty { return open.contains(.permit) ? nil : .deny }
        return open.contains(.forbid) ? nil : .allow
    }

    /// The answer to a request that completes the one that was asked, over a store that completes the entities: the same
    /// as that of all policies. The request and the store have to fit the schema.
    public func response(to full: Request, entities store: EntityStore) throws(PartialError) -> Response {
        guard request.isCompleted(by: full), entities.areCompleted(by: store) else { throw .otherRequest }
        let evaluator = Evaluator(request: full, entities: store)
        var (permits, forbids, failures) = (Set(permits), Set(forbids), errors)
        for policy in residuals {
            do throws(EvaluationError) {
                guard try PreparedPolicy(policy).isSatisfied(evaluator) else { continue }
                switch policy.body.effect {
                case .permit: permits.insert(policy.id)
                case .forbid: forbids.insert(policy.id)
                }
            } catch {
                failures.append(Response.Failure(policy: policy.id, error: error))
            }
        }
        let errors = Dictionary(failures.map { ($0.policy, $0) }, uniquingKeysWith: { first, _ in first })
        return Response(
            permits: order.filter(permits.contains), forbids: order.filter(forbids.contains),
            errors: order.compactMap { errors[$0] })
    }
}

/// What is known about one policy.
enum PartialOutcome: Hashable, Sendable {
    case satisfied, unsatisfied
    case failed(EvaluationError)
    /// It is satisfied when this is true.
    case residual(Expression)
}

extension PolicyBody {
    fileprivate func residual(_ condition: Expression) -> PolicyBody {
        PolicyBody(effect, annotations: annotations, conditions: [Condition(.when, condition)], span: span)
    }
}
