import Crypto
package import MartletCore
import MartletJSON
import Synchronization

/// The states the gateway gives out with a question of an upstream and takes back once: sealed, bound, expiring.
///
/// `v1.` and the base64url form of nonce, ciphertext and tag; AES-256-GCM under a key of this process. What the state is
/// bound to (caller, upstream, method, name, arguments) is the additional data, so a state opens for exactly the request
/// it was given out for. The key and the memory of used states live and die together: after a restart no state opens,
/// so none can be used twice. Source: ADR-0009; MCP 2026-07-28, "Multi Round-Trip Requests", Security; NIST SP 800-38D.
package final class RequestStates: Sendable {
    /// Names one state for its single use.
    package struct ID: Hashable, Sendable {
        fileprivate let nonce: [UInt8]
    }

    package struct Opened: Sendable {
        package let id: ID
        package let content: [UInt8]
        package let expires: UnixTime
    }

    private let key = SymmetricKey(size: .bits256)
    private let lifetime: Seconds
    private let capacity: Int
    private let used = Mutex<[ID: UnixTime]>([:])

    /// Ten minutes, or as long as a round may have to wait for its approval: else the ticket would outlive the state.
    package convenience init(patience: Seconds?) {
        self.init(lifetime: Seconds(max(600, patience?.count ?? 0)))
    }

    /// `capacity` bounds the used states that are remembered until they expire.
    package init(lifetime: Seconds = Seconds(600), capacity: Int = 65_536) {
        self.lifetime = lifetime
        self.capacity = capacity
    }

    /// Seals `content` for whoever sends `binding` with it; nil when it cannot be sealed.
    package func seal(_ content: [UInt8], for binding: [UInt8], now: UnixTime) -> String? {
        let expires = now.advanced(by: lifetime).microseconds
        let plain = withUnsafeBytes(of: expires.bigEndian, Array.init) + content
        do {
            let box = try AES.GCM.seal(plain, using: key, authenticating: binding)
            return box.combined.map { Self.prefix + Base64URL.encode(Array($0)) }
        } catch {
            return nil
        }
    }

    /// The content of a state that was given out for `binding`, has not expired and was not used; nil for every other.
    package func open(_ text: String, for binding: [UInt8], now: UnixTime) -> Opened? {
        guard text.utf8.starts(with: Self.prefix.utf8),
            let bytes = Base64URL.decode(String(decoding: text.utf8.dropFirst(Self.prefix.utf8.count), as: UTF8.self))
        else { return nil }
        do {
            let box = try AES.GCM.SealedBox(combined: bytes)
            let plain = Array(try AES.GCM.open(box, using: key, authenticating: binding))
            guard plain.count >= 8 else { return nil }
            let expires = UnixTime(microseconds: plain.prefix(8).reduce(0) { $0 << 8 | Int64($1) })
            let id = ID(nonce: Array(bytes.prefix(12)))
            guard now < expires, used.withLock({ $0[id] }) == nil else { return nil }
            return Opened(id: id, content: Array(plain.dropFirst(8)), expires: expires)
        } catch {
            return nil
        }
    }

    /// Uses a state up. False when it was used before, has expired, or can no longer be remembered as used.
    package func use(_ state: Opened, now: UnixTime) -> Bool {
        used.withLock { used in
            if used.count >= capacity { used = used.filter { now < $0.value } }
            guard now < state.expires, used.count < capacity, used[state.id] == nil else { return false }
            used[state.id] = state.expires
            return true
        }
    }

    private static let prefix = "v1."
}
