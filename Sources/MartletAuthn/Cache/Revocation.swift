package import MartletCore
import Synchronization

/// One credential or principal that is refused from now on, whatever its tokens say.
///
/// Names are not bound to an issuer: where two issuers use the same one, both are refused, which is the safe side.
package enum Revocation: Hashable, Sendable {
    /// The token with this `jti`.
    case tokenID(String)
    /// Every token in which this subject is the agent, the user or an actor.
    case subject(SubjectID)
    /// The token with this SHA-256.
    case digest(Digest)

    /// Every name under which the credential of `principal` could have been revoked.
    static func names(of principal: Principal) -> [Revocation] {
        var names: [Revocation] = [.digest(principal.credential.digest), .subject(principal.agent)]
        if let user = principal.user { names.append(.subject(user)) }
        if let tokenID = principal.credential.tokenID { names.append(.tokenID(tokenID)) }
        return names + principal.actors.map(Revocation.subject)
    }
}

/// What was revoked since the gateway started. Never evicted: the operator's own list, small, kept on disk elsewhere.
final class RevocationList: Sendable {
    private let revoked = Mutex<Set<Revocation>>([])
    /// Counts up after each change. Read it before `contains`: then a result is never younger than its epoch.
    private let counter = Atomic<UInt64>(0)

    var epoch: UInt64 { counter.load(ordering: .acquiring) }

    func contains(anyOf names: [Revocation]) -> Bool {
        revoked.withLock { revoked in !revoked.isEmpty && names.contains { revoked.contains($0) } }
    }

    func insert(_ revocation: Revocation) {
        revoked.withLock { _ = $0.insert(revocation) }
        counter.add(1, ordering: .releasing)
    }
}
