/// A policy set ready to answer requests: prepared once, used from any number of tasks.
public struct Authorizer: Sendable {
    /// The policies it answers with.
    public let policies: PolicySet
    private let prepared: [PreparedPolicy]
    private let index: ScopeIndex

    /// Prepares a policy set.
    public init(_ policies: PolicySet) {
        self.policies = policies
        prepared = policies.policies.map { PreparedPolicy($0) }
        index = ScopeIndex(policies.policies)
    }

    /// Answers a request. Only policies whose scope can admit the request are looked at.
    public func response(to request: Request, entities: EntityStore) -> Response {
        var outcome = Outcome()
        let evaluator = Evaluator(request: request, entities: entities)
        index.forEachCandidate(for: request, entities) { outcome.evaluate(prepared[$0], at: $0, evaluator) }
        return response(outcome)
    }

    /// Answers a request by asking every policy: for tests of the index.
    package func responseWithoutIndex(to request: Request, entities: EntityStore) -> Response {
        var outcome = Outcome()
        let evaluator = Evaluator(request: request, entities: entities)
        for index in prepared.indices { outcome.evaluate(prepared[index], at: index, evaluator) }
        return response(outcome)
    }

    private func response(_ outcome: Outcome) -> Response {
        let all = policies.policies
        return Response(
            permits: outcome.permits.inOrder.map { all[$0].id },
            forbids: outcome.forbids.inOrder.map { all[$0].id },
            errors: outcome.errors.sorted { $0.index < $1.index }
                .map { Response.Failure(policy: all[$0.index].id, error: $0.error) })
    }
}

/// What was found so far, by the places of the policies in their set.
private struct Outcome {
    var permits: [Int] = []
    var forbids: [Int] = []
    var errors: [(index: Int, error: EvaluationError)] = []

    mutating func evaluate(_ policy: PreparedPolicy, at index: Int, _ evaluator: Evaluator) {
        do throws(EvaluationError) {
            guard try policy.isSatisfied(evaluator) else { return }
            switch policy.effect {
            case .permit: permits.append(index)
            case .forbid: forbids.append(index)
            }
        } catch {
            errors.append((index, error))
        }
    }
}

extension [Int] {
    /// Sorted; mostly there is nothing to sort.
    fileprivate var inOrder: [Int] { count < 2 ? self : sorted() }
}
