import MartletCedar

/// One condition of a compiled policy, and what a caller is told when it does not hold.
///
/// The reasons of a denial come from the very conditions that did not hold: there is no second wording of a grant.
struct Clause: Sendable {
    enum Reason: Sendable {
        case fixed(DenialReason)
        /// What the argument's fact says about itself: the expression of its word.
        case fault(Expression)
    }

    /// What is not asked any more when the clause does not hold.
    enum Gate: Sendable {
        case none
        case restOfConstraint
        case restOfPolicy
    }

    let expression: Expression
    let reason: Reason
    let gate: Gate

    init(_ expression: Expression, _ reason: DenialReason, gate: Gate = .none) {
        self.expression = expression
        self.reason = .fixed(reason)
        self.gate = gate
    }

    /// The fact has no fault.
    init(sound fact: Expression, gate: Gate = .none) {
        expression = .not(fact.has("fault"))
        reason = .fault(fact["fault"])
        self.gate = gate
    }

    /// As the annotation of the policy lists it.
    var word: String {
        switch reason {
        case .fixed(let reason): reason.rawValue
        case .fault: "fault"
        }
    }
}

/// The clauses of one constraint, of one end, of one approval.
typealias ClauseGroup = [Clause]

extension [ClauseGroup] {
    /// The most specific reason of all clauses that do not hold; nil when all do.
    ///
    /// A clause that has no value says nothing: the fault of its fact has said it.
    func refusal(_ request: Request, _ entities: EntityStore) -> DenialReason? {
        var worst: DenialReason?
        for group in self {
            for clause in group {
                guard let holds = clause.holds(request, entities), !holds else { continue }
                worst = DenialReason.moreSpecific(worst, clause.reason(request, entities))
                if clause.gate == .restOfPolicy { return worst }
                if clause.gate == .restOfConstraint { break }
            }
        }
        return worst
    }

    /// The first reason in the order of the clauses; nil when all hold.
    func firstRefusal(_ request: Request, _ entities: EntityStore) -> DenialReason? {
        for clause in joined() where clause.holds(request, entities) != true {
            return clause.reason(request, entities)
        }
        return nil
    }
}

extension Clause {
    fileprivate func holds(_ request: Request, _ entities: EntityStore) -> Bool? {
        guard case .success(.bool(let holds)) = expression.result(request, entities) else { return nil }
        return holds
    }

    fileprivate func reason(_ request: Request, _ entities: EntityStore) -> DenialReason {
        switch reason {
        case .fixed(let reason): return reason
        case .fault(let expression):
            guard case .success(.string(let word)) = expression.result(request, entities) else { return .policyError }
            return DenialReason(rawValue: word.string) ?? .policyError
        }
    }
}

extension Expression {
    fileprivate func result(_ request: Request, _ entities: EntityStore) -> Result<Value, EvaluationError> {
        do throws(EvaluationError) {
            return .success(try value(for: request, entities: entities))
        } catch {
            return .failure(error)
        }
    }
}
