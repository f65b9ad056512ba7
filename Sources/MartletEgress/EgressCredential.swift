package import MartletCore

/// The gateway's own credential at one upstream: one header, its value never logged.
///
/// Comes from the operator's configuration only. There is deliberately no way to make one from what a caller sent.
package struct EgressCredential: Sendable {
    let header: String
    private let secret: Secret

    /// `prefix` stands before the secret, e.g. `Bearer `. Throws when either could break out of its header.
    package init(header: String, prefix: String, secret: Secret) throws(EgressError) {
        guard Self.isFieldName(header), !Self.reserved.contains(header.lowercased()) else {
            throw .badCredentialHeader(header)
        }
        let value = Array(prefix.utf8) + secret.reveal()
        guard !secret.isEmpty, value.allSatisfy({ (0x20...0x7E).contains($0) || $0 >= 0x80 }) else {
            throw .badCredentialValue
        }
        self.header = header
        self.secret = Secret(bytes: value)
    }

    /// The header's value. Called where the request head is built, and nowhere else.
    func reveal() -> String { String(decoding: secret.reveal(), as: UTF8.self) }

    /// Headers that decide about framing, routing or protocol meaning.
    private static let reserved: Set<String> = [
        "host", "content-length", "content-type", "transfer-encoding", "connection", "upgrade", "te", "trailer",
        "expect", "accept", "accept-encoding", "mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id",
    ]

    /// A token. Source: RFC 9110, section 5.6.2.
    private static func isFieldName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
