/// The signature algorithms a configuration may allow. There is no case for `none` and none for an HMAC: a public key
/// can therefore never be used as a shared secret. Source: RFC 7518, section 3.1; RFC 8037, section 3.1.
package enum SignatureAlgorithm: String, Hashable, Sendable, CaseIterable {
    case es256 = "ES256"
    case edDSA = "EdDSA"
    case rs256 = "RS256"
}
