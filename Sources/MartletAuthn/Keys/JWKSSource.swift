/// Where an issuer publishes its keys: the seam to file, network and memory.
///
/// `fetch` returns the bytes of a JWK set, at most `KeySet.maximumBytes` of them, and must end when its task is
/// cancelled: the deadline of a fetch works through cancellation.
package protocol JWKSSource: Sendable {
    func fetch() async throws(JWKSError) -> [UInt8]
}

/// Why no new keys could be had.
package enum JWKSError: Error, Hashable, Sendable {
    /// The source did not answer; the value is for the operator's log.
    case unreachable(String)
    /// The source answered with this HTTP status.
    case status(Int)
    /// No answer within the deadline.
    case timedOut
    case tooLarge
    /// No JWK set in strict JSON.
    case malformed
    /// The set holds the private part of a key: it must be taken out of use.
    case privateKey(keyID: String)
    /// Two keys have the same `kid` and algorithm.
    case duplicateKey(keyID: String)
    /// No key in the set fits ES256, EdDSA or RS256.
    case noUsableKey
}

extension JWKSError: CustomStringConvertible {
    /// For the operator's log.
    package var description: String {
        switch self {
        case .unreachable(let why): "the source cannot be reached: \(why)"
        case .status(let status): "the source answered with HTTP status \(status)"
        case .timedOut: "no answer in time"
        case .tooLarge: "the answer is too large"
        case .malformed: "the answer is no key set (JWKS)"
        case .privateKey(let keyID):
            "the private part of key \(String(reflecting: keyID)) is in the set: it must be taken out of use"
        case .duplicateKey(let keyID): "two keys are called \(String(reflecting: keyID))"
        case .noUsableKey: "no key in the set is for ES256, EdDSA or RS256"
        }
    }
}

/// A key set that is already here: the built-in minter's, or a test's.
package struct MemoryJWKSSource: JWKSSource {
    private let bytes: [UInt8]
    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package func fetch() async throws(JWKSError) -> [UInt8] { bytes }
}

/// A key set in a file, read anew at each refresh. A file that everybody may write is refused.
package struct FileJWKSSource: JWKSSource {
    private let path: String
    package init(path: String) { self.path = path }

    package func fetch() async throws(JWKSError) -> [UInt8] {
        do {
            return try BoundedFile.read(path, maximumBytes: KeySet.maximumBytes, forbidding: 0o002)
        } catch {
            switch error {
            case .tooLarge: throw .tooLarge
            case .system(let errno): throw .unreachable("\(path): errno \(errno)")
            case .notRegular: throw .unreachable("\(path): not a regular file")
            case .exposed(let mode): throw .unreachable("\(path): mode \(String(mode, radix: 8)) lets others write")
            case .foreignOwner: throw .unreachable("\(path): owned by another user")
            }
        }
    }
}
