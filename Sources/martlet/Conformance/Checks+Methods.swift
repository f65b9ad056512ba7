import MartletJSON

/// Versions, methods and the envelope. Source: MCP 2026-07-28, Basic Protocol and Versioning (SEP-2575).
extension IntermediaryCheck {
    static let methods: [IntermediaryCheck] =
        [
            IntermediaryCheck(
                id: "discover", what: "server/discover names the version it was asked in",
                expected: "2026-07-28 is listed"
            ) { prober in
                prober.authenticated {
                    let versions = prober.result(prober.modern("server/discover"))?.member("supportedVersions")
                    let isListed = versions?.elements.contains { $0.isString("2026-07-28") } == true
                    return isListed ? .held : .broken("no such list")
                }
            },
            refusing("unknown-version", "a version nobody has", .refused(400, -32022), of: { $0.list() }) {
                $0.set("MCP-Protocol-Version", "2031-01-01")
                $0.body = Array(Prober.body("tools/list", Prober.meta(version: "2031-01-01"), id: "1").utf8)
            },
            refusing("missing-envelope", "a modern request without `_meta`", .refused(400, -32602), of: { $0.list() }) {
                $0.body = Array(#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}"#.utf8)
            },
            IntermediaryCheck(
                id: "error-id", what: "an error carries the id of its request", expected: "the same id"
            ) { prober in
                prober.authenticated {
                    guard case .answer(let answer) = prober.send(prober.modern("no/such", id: #""probe-7""#)) else {
                        return .broken("no answer")
                    }
                    return answer.message?.member("id")?.isString("probe-7") == true ? .held : .broken("another id")
                }
            },
        ]
        + ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "no/such"].map {
            absent($0)
        }

    /// Also a method that the session era has, and that this gateway serves there.
    private static func absent(_ method: String) -> IntermediaryCheck {
        let expectation = Expectation.refused(404, -32601)
        return IntermediaryCheck(
            id: "absent-\(String(method.map { $0 == "/" ? "-" : $0 }))", what: "\(method) does not exist in 2026-07-28",
            expected: expectation.text
        ) { prober in
            prober.authenticated { expectation.judge(prober.send(prober.modern(method))) }
        }
    }
}
