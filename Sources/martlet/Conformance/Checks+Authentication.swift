import MartletJSON

/// No answer about MCP without a valid token, whatever is asked and however.
extension IntermediaryCheck {
    private static let asked = Expectation.refused(401)

    static let authentication: [IntermediaryCheck] = [
        IntermediaryCheck(
            id: "baseline", what: "a good request with the token is served", expected: "HTTP 200, a result"
        ) { prober in
            guard prober.token != nil else { return .notExercised("no --token-file") }
            return prober.isServed ? .held : .broken("tools/list with the token has no result")
        },
        anonymous("anonymous-modern", "2026-07-28 without a token, every method") { prober in
            ["server/discover", "tools/list", "tools/call", "resources/read", "subscriptions/listen", "no/such"].map {
                prober.modern($0)
            }
        },
        anonymous("anonymous-legacy", "2025-11-25 without a token, every method") { prober in
            [prober.initialize()] + ["ping", "tools/list", "tools/call", "no/such"].map { prober.legacy($0) }
        },
        anonymous("anonymous-notification", "a notification without a token") { prober in
            [prober.post(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)]
        },
        anonymous("anonymous-verbs", "GET, DELETE and PUT without a token, with a session id") { prober in
            ["GET", "DELETE", "PUT"].map { verb in
                var request = prober.legacy("ping", session: String(repeating: "0", count: 32))
                request.verb = verb
                request.body = []
                return request
            }
        },
        anonymous("anonymous-garbage", "a body that is no JSON, without a token: no parser before the token") {
            prober in
            [prober.post("{not json")]
        },
        anonymous("bad-token", "tokens that are garbage, of another scheme, or empty") { prober in
            ["Bearer garbage", "Bearer a.b.c", "Basic YTpi", "Bearer"].map { text in
                var request = prober.list()
                request.set("Authorization", text)
                return request
            }
        },
        refusing("altered-token", "the token with its signature changed", asked, of: { $0.list() }) { request in
            guard let index = request.headers.firstIndex(where: { $0.name == "Authorization" }) else { return }
            request.headers[index].value = altered(request.headers[index].value)
        },
        IntermediaryCheck(
            id: "unsigned-token", what: "the token's claims without a signature (alg none)", expected: asked.text
        ) { prober in
            prober.authenticated {
                let parts = (prober.token ?? "").split(separator: ".", omittingEmptySubsequences: false)
                guard parts.count == 3 else { return .notExercised("the token is no JWT") }
                let head = Base64URL.encode(Array(#"{"alg":"none","typ":"at+jwt"}"#.utf8))
                return asked.judge(prober.send(bearing("\(head).\(parts[1]).", prober.list())))
            }
        },
        IntermediaryCheck(
            id: "token-of-another-route", what: "a good token that was issued for another resource",
            expected: asked.text
        ) { prober in
            prober.authenticated {
                guard let foreign = prober.foreignToken else { return .notExercised("no --foreign-token-file") }
                return asked.judge(prober.send(bearing(foreign, prober.list())))
            }
        },
        IntermediaryCheck(
            id: "token-in-query", what: "the token in the query instead of the header", expected: asked.text
        ) { prober in
            prober.authenticated {
                var request = prober.list()
                request.set("Authorization", nil)
                request.path = "\(prober.target.path)?access_token=\(prober.token ?? "")"
                return asked.judge(prober.send(request))
            }
        },
        refusing("two-tokens", "two Authorization headers", of: { $0.list() }) { request in
            request.add("Authorization", "Bearer another")
        },
        IntermediaryCheck(
            id: "challenge", what: "a 401 says where the metadata is",
            expected: "WWW-Authenticate: Bearer resource_metadata"
        ) { prober in
            guard case .answer(let answer) = prober.send(withoutToken(prober.list())) else {
                return .broken("no answer")
            }
            guard let challenge = answer.header("www-authenticate") else { return .broken("no WWW-Authenticate") }
            let isComplete = challenge.lowercased().hasPrefix("bearer") && challenge.contains("resource_metadata=")
            return isComplete ? .held : .broken(challenge)
        },
    ]

    /// Every one of the requests, without a token, gets a 401 and nothing else.
    private static func anonymous(
        _ id: String, _ what: String, _ requests: @escaping @Sendable (Prober) -> [ProbeRequest]
    ) -> IntermediaryCheck {
        IntermediaryCheck(id: id, what: what, expected: asked.text) { prober in
            var nobody = prober
            nobody.token = nil
            for request in requests(nobody) {
                let found = asked.judge(nobody.send(request))
                guard found == .held else { return found }
            }
            return .held
        }
    }

    private static func bearing(_ token: String, _ request: ProbeRequest) -> ProbeRequest {
        var request = request
        request.set("Authorization", "Bearer \(token)")
        return request
    }

    private static func withoutToken(_ request: ProbeRequest) -> ProbeRequest {
        var request = request
        request.set("Authorization", nil)
        return request
    }

    /// Changes a character in the middle of the last part: the last one of base64 may carry no bit.
    private static func altered(_ credential: String) -> String {
        var bytes = Array(credential.utf8)
        let index = bytes.count - 10
        guard index > 0 else { return credential + "x" }
        bytes[index] = bytes[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        return String(decoding: bytes, as: UTF8.self)
    }
}
