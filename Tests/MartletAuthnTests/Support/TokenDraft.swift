import MartletCore
import MartletJSON

/// A token in the making. Members are raw JSON texts, so that a test can write what no encoder would.
struct TokenDraft: Sendable {
    var header: [String: String]
    var claims: [String: String]
    /// Raw members put in front of the others, for duplicates.
    var extraHeader = ""
    var extraClaims = ""
    var key: SigningKey

    init(key: SigningKey = .ec, now: UnixTime = .start) {
        self.key = key
        header = ["alg": "\"\(key.algorithm)\"", "kid": "\"\(key.kid)\"", "typ": "\"at+jwt\""]
        claims = [
            "iss": "\"https://issuer.test\"", "sub": "\"olga\"", "client_id": "\"finance-bot\"",
            "aud": "\"\(Route.erp)\"", "iat": "\(now.seconds)", "exp": "\(now.seconds + 600)", "jti": "\"t-1\"",
            "agent_role": "\"finance_executor\"",
        ]
    }

    var signedText: String {
        Base64URL.encode(Array(Self.object(header, extraHeader).utf8)) + "."
            + Base64URL.encode(Array(Self.object(claims, extraClaims).utf8))
    }

    func token() throws -> String {
        let signed = signedText
        return signed + "." + Base64URL.encode(try key.sign(Array(signed.utf8)))
    }

    private static func object(_ members: [String: String], _ extra: String) -> String {
        "{" + extra + members.map { "\"\($0)\":\($1)" }.sorted().joined(separator: ",") + "}"
    }
}

enum Route {
    static let erp = "https://gw.test/mcp/erp"
    static let crm = "https://gw.test/mcp/crm"
    static let admin = "urn:martlet:test:admin"
}

extension UnixTime {
    /// 2026-11-22T19:00:00Z.
    static let start = UnixTime(seconds: 1_795_374_000)
    static func at(_ offset: Int64) -> UnixTime { UnixTime(seconds: start.seconds + offset) }
}
