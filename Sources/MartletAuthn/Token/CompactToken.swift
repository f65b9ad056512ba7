import MartletJSON

/// A compact JWS, taken apart and strictly parsed, with nothing in it believed yet.
///
/// jwt-kit gets to see only what passed here: it decodes with Foundation, which would pick one of two duplicate keys.
/// Source: RFC 7515, section 7.1; RFC 8725, sections 3.1 to 3.5.
struct CompactToken: Sendable {
    let header: TokenHeader
    let payload: JSONValue
    /// The bytes the signature covers: `header.payload` as they were sent.
    let signed: [UInt8]
    let signature: [UInt8]

    init(_ token: [UInt8]) throws(AuthenticationFailure) {
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformedToken }
        header = try TokenHeader(Self.object(parts[0]))
        payload = try Self.object(parts[1])
        guard let signature = Self.decode(parts[2]), !signature.isEmpty else { throw .badSignature }
        self.signature = signature
        signed = Array(token[..<parts[1].endIndex])
    }

    private static func object(_ part: ArraySlice<UInt8>) throws(AuthenticationFailure) -> JSONValue {
        guard let bytes = decode(part) else { throw .malformedToken }
        do {
            let value = try JSONValue.parse(bytes, limits: limits)
            guard value.kind == .object else { throw AuthenticationFailure.malformedToken }
            return value
        } catch {
            throw .malformedToken
        }
    }

    private static func decode(_ part: ArraySlice<UInt8>) -> [UInt8]? {
        Base64URL.decode(String(decoding: part, as: UTF8.self))
    }

    private static let limits: JSONLimits = {
        var limits = JSONLimits.request
        limits.maximumBytes = IngressCredential.maximumBytes
        limits.maximumDepth = 16
        return limits
    }()
}

/// The header parameters that decide how a token is verified.
///
/// Parameters that bring a key or its address along, or change what is signed, are refused instead of ignored; unknown
/// others are ignored, as RFC 7515, section 4 demands.
struct TokenHeader: Hashable, Sendable {
    let algorithm: SignatureAlgorithm
    let keyID: String
    /// `typ` in lower case without the prefix `application/`, or nil when it is absent.
    let type: String?

    private static let refused = ["crit", "jku", "x5u", "jwk", "x5c", "b64", "zip", "enc", "cty"]

    init(_ object: JSONValue) throws(AuthenticationFailure) {
        guard let name = object.member("alg")?.string else { throw .malformedToken }
        guard let algorithm = SignatureAlgorithm(rawValue: name) else { throw .algorithmRefused }
        guard !Self.refused.contains(where: { object[$0] != nil }) else { throw .headerRefused }
        guard let keyID = object.member("kid")?.string, (1...256).contains(keyID.utf8.count) else { throw .unknownKey }
        self.algorithm = algorithm
        self.keyID = keyID
        type = try Self.type(object.member("typ"))
    }

    private static func type(_ value: JSONValue?) throws(AuthenticationFailure) -> String? {
        guard let value else { return nil }
        guard let text = value.string else { throw .malformedToken }
        let lowered = text.lowercased()
        return lowered.hasPrefix("application/") ? String(lowered.dropFirst(12)) : lowered
    }
}
