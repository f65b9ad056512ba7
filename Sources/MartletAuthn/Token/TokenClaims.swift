import MartletCore
import MartletJSON

/// The claims we act on, well-typed. A claim of the wrong type makes the whole token malformed.
///
/// Source: RFC 7519, section 4.1; RFC 9068, section 2.2; RFC 8693, section 4.1.
struct TokenClaims: Sendable {
    let audiences: [String]
    let expires: UnixTime
    let notBefore: UnixTime?
    let issuedAt: UnixTime?
    let tokenID: String?
    let agent: SubjectID
    let user: SubjectID?
    let actors: [SubjectID]
    let payload: JSONValue

    init(_ payload: JSONValue) throws(AuthenticationFailure) {
        self.payload = payload
        audiences = try Self.audiences(payload.member("aud"))
        guard let expires = try Self.time(payload.member("exp")) else { throw .malformedToken }
        self.expires = expires
        notBefore = try Self.time(payload.member("nbf"))
        issuedAt = try Self.time(payload.member("iat"))
        tokenID = try Self.text(payload.member("jti"))
        let subject = try Self.subject(payload.member("sub"))
        let client = try Self.client(payload)
        guard let agent = client ?? subject else { throw .malformedToken }
        self.agent = agent
        user = subject == agent ? nil : subject
        actors = try Self.actors(payload.member("act"))
    }

    /// `client_id`, else `azp`. Both may be there, but then they name the same client.
    private static func client(_ payload: JSONValue) throws(AuthenticationFailure) -> SubjectID? {
        let clientID = try subject(payload.member("client_id"))
        let party = try subject(payload.member("azp"))
        if let clientID, let party, clientID != party { throw .malformedToken }
        return clientID ?? party
    }

    private static func audiences(_ value: JSONValue?) throws(AuthenticationFailure) -> [String] {
        guard let value else { throw .wrongAudience }
        if let single = value.string { return [single] }
        guard value.kind == .array, value.count <= 32 else { throw .malformedToken }
        var audiences: [String] = []
        for element in value.elements {
            guard let text = element.string else { throw .malformedToken }
            audiences.append(text)
        }
        return audiences
    }

    /// A NumericDate up to the year 9999. A fraction is cut off, an exponent refused.
    private static func time(_ value: JSONValue?) throws(AuthenticationFailure) -> UnixTime? {
        guard let value else { return nil }
        guard let text = value.numberText else { throw .malformedToken }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.dropFirst().allSatisfy({ $0.utf8.allSatisfy(isDigit) }),
            let seconds = Int64(parts[0]), (0...253_402_300_799).contains(seconds)
        else { throw .malformedToken }
        return UnixTime(seconds: seconds)
    }

    private static func text(_ value: JSONValue?) throws(AuthenticationFailure) -> String? {
        guard let value else { return nil }
        guard let text = value.string, (1...256).contains(text.utf8.count) else { throw .malformedToken }
        return text
    }

    private static func subject(_ value: JSONValue?) throws(AuthenticationFailure) -> SubjectID? {
        guard let value else { return nil }
        guard let text = value.string, let subject = SubjectID(text) else { throw .malformedToken }
        return subject
    }

    private static func actors(_ outermost: JSONValue?) throws(AuthenticationFailure) -> [SubjectID] {
        var actors: [SubjectID] = []
        var next = outermost
        while let actor = next {
            guard actor.kind == .object, actors.count < 8, let subject = try subject(actor.member("sub")) else {
                throw .malformedToken
            }
            actors.append(subject)
            next = actor.member("act")
        }
        return actors
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
