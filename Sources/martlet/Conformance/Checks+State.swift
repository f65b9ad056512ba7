import MartletJSON

/// `requestState` comes back from the caller: it is attacker input. Source: MCP 2026-07-28, Multi Round-Trip Requests.
extension IntermediaryCheck {
    private static let defaultTool = "test_input_required_result_request_state"

    static let state: [IntermediaryCheck] = [
        asking("state-altered", "a requestState that was changed") { prober, tool, state in
            (prober, prober.call(tool, more: retry(state + "-TAMPERED")))
        },
        asking("state-other-arguments", "a requestState with other arguments than it was given for") {
            (prober, tool, state) in
            (prober, prober.call(tool, arguments: #"{"martlet":"other"}"#, more: retry(state)))
        },
        asking("state-of-another", "a requestState that was given to another caller", needsOther: true) {
            (prober, tool, state) in
            var other = prober
            other.token = prober.otherToken
            return (other, other.call(tool, more: retry(state)))
        },
    ]

    private static func retry(_ state: String) -> String {
        #","inputResponses":{"confirm":{"action":"accept","content":{"ok":true}}},"requestState":\#(Prober.quoted(state))"#
    }

    /// Only with a tool that was named for it, or the official suite's: asking it is a call.
    private static func asking(
        _ id: String, _ what: String, needsOther: Bool = false,
        _ retried: @escaping @Sendable (Prober, String, String) -> (Prober, ProbeRequest)
    ) -> IntermediaryCheck {
        IntermediaryCheck(id: id, what: what, expected: "an error, no result") { prober in
            prober.authenticated {
                if needsOther, prober.otherToken == nil { return .notExercised("no --other-token-file") }
                let tool = prober.askingTool ?? defaultTool
                guard prober.visibleTools().contains(where: { $0.member("name")?.string == tool }) else {
                    return .notExercised("no --asking-tool")
                }
                guard let first = prober.result(prober.call(tool)),
                    first.member("resultType")?.isString("input_required") == true,
                    let state = first.member("requestState")?.string
                else { return .notExercised("\(tool) asks nothing through this gateway") }
                let (caller, request) = retried(prober, tool, state)
                guard case .answer(let answer) = caller.send(request) else { return .broken("no answer") }
                return answer.errorCode == nil ? .broken("HTTP \(answer.status), no error") : .held
            }
        }
    }
}
