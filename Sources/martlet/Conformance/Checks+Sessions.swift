/// Sessions of 2025-11-25: each belongs to one caller, and is no proof of who that is.
extension IntermediaryCheck {
    private static let gone = Expectation.refused(404)

    static let sessions: [IntermediaryCheck] = [
        session("session-missing", "a request of the session era without a session", .refused(400)) { prober, _ in
            [prober.legacy("tools/list")]
        },
        session("session-unknown", "a session that never was", gone) { prober, id in
            [prober.legacy("tools/list", session: String(id.map { _ in "0" }))]
        },
        session("session-is-no-token", "a session id without a token", .refused(401)) { prober, id in
            var request = prober.legacy("tools/list", session: id)
            request.set("Authorization", nil)
            return [request]
        },
        IntermediaryCheck(
            id: "session-ended", what: "a session after its DELETE", expected: gone.text
        ) { prober in
            opened(prober) { id in
                _ = prober.send(delete(prober, id))
                return gone.judge(prober.send(prober.legacy("tools/list", session: id)))
            }
        },
        IntermediaryCheck(
            id: "session-of-another", what: "the session of another caller, to be used and to be ended",
            expected: "HTTP 404, as for one that never was, and the session goes on"
        ) { prober in
            prober.withOther { other in
                opened(prober) { id in
                    .all(
                        { gone.judge(other.send(other.legacy("tools/list", session: id))) },
                        { gone.judge(other.send(delete(other, id))) },
                        {
                            let own = prober.result(prober.legacy("tools/list", session: id))
                            return own == nil ? .broken("another caller ended the session") : .held
                        })
                }
            }
        },
        IntermediaryCheck(
            id: "unasked-answer", what: "an answer to a question nobody asked",
            expected: "HTTP 4xx, or 202 and nothing more"
        ) { prober in
            opened(prober) { id in
                var request = prober.legacy("ping", session: id)
                request.body = Array(#"{"jsonrpc":"2.0","id":99,"result":{"action":"accept","content":{}}}"#.utf8)
                guard case .answer(let answer) = prober.send(request) else { return .broken("no answer") }
                let isDropped = answer.status == 202 && answer.body.isEmpty
                return isDropped || (400...499).contains(answer.status) ? .held : .broken("HTTP \(answer.status)")
            }
        },
    ]

    private static func session(
        _ id: String, _ what: String, _ expectation: Expectation,
        _ requests: @escaping @Sendable (Prober, String) -> [ProbeRequest]
    ) -> IntermediaryCheck {
        IntermediaryCheck(id: id, what: what, expected: expectation.text) { prober in
            opened(prober) { session in
                for request in requests(prober, session) {
                    let found = expectation.judge(prober.send(request))
                    guard found == .held else { return found }
                }
                return .held
            }
        }
    }

    /// Runs a check in a session that works, and ends it.
    private static func opened(_ prober: Prober, _ check: (String) -> Finding) -> Finding {
        prober.authenticated {
            guard case .answer(let answer) = prober.send(prober.initialize()), answer.result != nil else {
                return .notExercised("initialize is not served")
            }
            guard let id = answer.header("mcp-session-id") else { return .notExercised("no session id is given") }
            var ready = prober.legacy("ping", session: id)
            ready.body = Array(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.utf8)
            _ = prober.send(ready)
            guard prober.result(prober.legacy("tools/list", session: id)) != nil else {
                return .notExercised("tools/list is not served in the session")
            }
            defer { _ = prober.send(delete(prober, id)) }
            return check(id)
        }
    }

    private static func delete(_ prober: Prober, _ session: String) -> ProbeRequest {
        var request = prober.legacy("ping", session: session)
        request.verb = "DELETE"
        request.body = []
        return request
    }
}
