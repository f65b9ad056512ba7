import MartletJSON

/// What a filtered answer must say about itself, and must not say about others.
extension IntermediaryCheck {
    static let results: [IntermediaryCheck] = [
        IntermediaryCheck(
            id: "cache-private", what: "lists that depend on the caller are not for shared caches",
            expected: "cacheScope private, a ttlMs, on every list that is served"
        ) { prober in
            prober.authenticated {
                for method in ["tools/list", "prompts/list", "resources/list", "resources/templates/list"] {
                    guard let list = prober.result(prober.modern(method)) else { continue }
                    guard list.member("cacheScope")?.isString("private") == true, list.member("ttlMs")?.integer != nil
                    else { return .broken("\(method): cacheScope \(list.member("cacheScope")?.string ?? "missing")") }
                }
                return .held
            }
        },
        IntermediaryCheck(
            id: "result-type", what: "every result says its type", expected: "resultType complete"
        ) { prober in
            prober.authenticated {
                let type = prober.result(prober.list())?.member("resultType")
                return type?.isString("complete") == true ? .held : .broken("resultType \(type?.string ?? "missing")")
            }
        },
        IntermediaryCheck(
            id: "stable-order", what: "the same list twice is the same list", expected: "equal answers"
        ) { prober in
            prober.authenticated {
                let (first, second) = (prober.visibleTools(), prober.visibleTools())
                return first.map { $0.serialized() } == second.map { $0.serialized() } ? .held : .broken("they differ")
            }
        },
        IntermediaryCheck(
            id: "unknown-tool", what: "a tool that does not exist", expected: "an error -32602, no result"
        ) { prober in
            prober.authenticated {
                guard case .answer(let answer) = prober.send(prober.nobodyCalled()) else { return .broken("no answer") }
                return answer.errorCode == -32602 ? .held : .broken("HTTP \(answer.status), no error -32602")
            }
        },
        IntermediaryCheck(
            id: "invisible-tool", what: "a tool the caller may not see is answered like one that does not exist",
            expected: "the same status, headers aside, and the same bytes but for the name", run: invisible),
        IntermediaryCheck(
            id: "header-injection", what: "text of the caller does not become a header of the answer",
            expected: "no such header"
        ) { prober in
            prober.authenticated {
                let id = #""a\r\nX-Injected: 1\r\n\r\n""#
                guard case .answer(let answer) = prober.send(prober.modern("no/such", id: id)) else {
                    return .broken("no answer")
                }
                if answer.header("x-injected") != nil { return .broken("X-Injected") }
                return answer.message == nil ? .broken("the answer is no JSON") : .held
            }
        },
    ]

    private static func invisible(_ prober: Prober) -> Finding {
        prober.authenticated {
            guard let hidden = prober.hiddenTool ?? notSeen(prober) else {
                return .notExercised("no --hidden-tool, and no other token that sees more")
            }
            guard case .answer(let known) = prober.send(prober.call(hidden)),
                case .answer(let unknown) = prober.send(prober.nobodyCalled())
            else { return .broken("no answer") }
            let isAlike = neutral(known, hidden) == neutral(unknown, Prober.nobody)
            return known.status == unknown.status && isAlike ? .held : .broken("they differ")
        }
    }

    /// A tool that only the other token sees.
    private static func notSeen(_ prober: Prober) -> String? {
        guard let otherToken = prober.otherToken else { return nil }
        var other = prober
        other.token = otherToken
        let mine = Set(prober.visibleTools().compactMap { $0.member("name")?.string })
        return other.visibleTools().compactMap { $0.member("name")?.string }.first { !mine.contains($0) }
    }

    private static func neutral(_ answer: ProbeAnswer, _ name: String) -> String {
        String(decoding: answer.message?.serialized() ?? answer.body, as: UTF8.self).replacing(name, with: "*")
    }
}
