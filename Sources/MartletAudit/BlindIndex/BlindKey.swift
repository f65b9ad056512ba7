import Crypto
package import MartletCore

/// What the index has in place of a value: equal for equal values at one place, and to nobody without the key anything else.
///
/// The first 16 bytes of an HMAC. Two values may share one; every hit is confirmed with the value itself. Source: ADR-0033.
package struct ArgumentToken: Hashable, Sendable {
    package static let byteCount = 16
    package let bytes: [UInt8]
}

/// The key of the blind index: derived from the root key, for this one purpose.
package struct BlindKey: Sendable {
    /// The root key it comes from, and how tokens are made of it: under another name are other tokens.
    package let name: String
    private let key: SymmetricKey

    package init(_ root: RootKey) {
        name = "\(root.id).1"
        key = root.derived(for: "martlet.blind-index.v1")
    }

    /// Each part stands behind its length: no path and value can be taken for another path and value.
    package func token(of value: ArgumentScalar, at path: SearchedPath) -> ArgumentToken {
        let place = Array(path.description.utf8)
        var message: [UInt8] = []
        message.reserveCapacity(place.count + value.bytes.count + 17)
        Self.append(place, to: &message)
        message.append(value.kind.rawValue)
        Self.append(value.bytes, to: &message)
        let code = HMAC<SHA256>.authenticationCode(for: message, using: key)
        return ArgumentToken(bytes: Array(code.prefix(ArgumentToken.byteCount)))
    }

    private static func append(_ part: [UInt8], to message: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) {
            message.append(UInt8(truncatingIfNeeded: part.count >> shift))
        }
        message += part
    }
}
