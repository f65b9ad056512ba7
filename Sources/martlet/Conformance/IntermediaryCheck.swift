/// One line of the suite: what an intermediary must do, and how to see whether it does.
struct IntermediaryCheck: Sendable {
    let id: String
    let what: String
    let expected: String
    let run: @Sendable (Prober) -> Finding

    /// All of them, in the order in which a request meets them.
    static let all =
        admission + authentication + metadata + framing + body + routingHeaders + encodedHeaders + methods + results
        + sessions + state
}

enum Finding: Hashable, Sendable {
    case held
    /// What was seen instead.
    case broken(String)
    /// What was missing to try it. Never a pass.
    case notExercised(String)

    var word: String {
        switch self {
        case .held: "held"
        case .broken: "broken"
        case .notExercised: "not exercised"
        }
    }

    var detail: String? {
        switch self {
        case .held: nil
        case .broken(let text), .notExercised(let text): text
        }
    }

    /// The first finding that is not `held`.
    static func all(_ findings: () -> Finding...) -> Finding {
        for finding in findings {
            let found = finding()
            guard found == .held else { return found }
        }
        return .held
    }
}

/// What an answer must look like.
struct Expectation: Sendable {
    let statuses: ClosedRange<Int>
    var code: Int64?
    /// Whether ending the connection without an answer refuses as well: true for requests that are no HTTP.
    var mayClose = false

    static func refused(_ status: Int, _ code: Int64? = nil) -> Expectation {
        Expectation(statuses: status...status, code: code)
    }
    static let refused = Expectation(statuses: 400...499)
    static let refusedOrClosed = Expectation(statuses: 400...499, mayClose: true)

    var text: String {
        let status = statuses.count == 1 ? "HTTP \(statuses.lowerBound)" : "HTTP 4xx"
        return status + (code.map { " and \($0)" } ?? "") + (mayClose ? ", or a closed connection" : "")
    }

    func judge(_ outcome: ProbeOutcome) -> Finding {
        switch outcome {
        case .answer(let answer):
            guard statuses.contains(answer.status) else { return .broken("HTTP \(answer.status)") }
            guard answer.result == nil else { return .broken("HTTP \(answer.status) with a result") }
            guard let code, answer.errorCode != code else { return .held }
            return .broken("HTTP \(answer.status) with code \(answer.errorCode.map { "\($0)" } ?? "none")")
        case .closed: return mayClose ? .held : .broken("the connection ended without an answer")
        case .silent: return .broken("no answer in time")
        case .unreachable(let reason): return .broken(reason)
        }
    }
}

extension IntermediaryCheck {
    /// A request that differs from a good one in one thing, and must be refused for it.
    ///
    /// The good one is sent as well: a gateway that refuses everything holds nothing.
    static func refusing(
        _ id: String, _ what: String, _ expectation: Expectation = .refused,
        of request: @escaping @Sendable (Prober) -> ProbeRequest,
        with fault: @escaping @Sendable (inout ProbeRequest) -> Void
    ) -> IntermediaryCheck {
        IntermediaryCheck(id: id, what: what, expected: expectation.text) { prober in
            prober.authenticated {
                let good = request(prober)
                guard expectation.judge(prober.send(good)) != .held else {
                    return .notExercised("the same request without the fault is refused too")
                }
                var bad = good
                fault(&bad)
                return expectation.judge(prober.send(bad))
            }
        }
    }
}
