package import MartletJSON
import Synchronization

/// Who makes a call: one authenticated agent, the role it acts in and, when delegated, the person it acts for.
///
/// Every field was verified by `MartletAuthn` before the value was made; nothing here is asserted by the caller.
/// Immutable and compared by value; a reference, because it goes through every stage of every call and copying it would
/// retain each of its fields. Source: RFC 9068 (claims of access tokens), RFC 8693 section 4.1 (`act`).
package final class Principal: Hashable, Sendable {
    /// The agent: `client_id` (or `azp`) of the token, else its `sub`.
    package let agent: SubjectID
    package let role: RoleName
    /// The person the agent acts for (`sub`, when it differs from the agent); nil for an autonomous agent.
    package let user: SubjectID?
    package let issuer: String
    /// Further actors of the delegation chain, innermost first (`act.sub`, `act.act.sub` …).
    package let actors: [SubjectID]
    package let credential: CredentialFacts
    /// What records say of this caller: the same in each of them.
    private let written = Mutex<(members: WrittenMembers, generation: UInt64)?>(nil)

    package init(
        agent: SubjectID, role: RoleName, user: SubjectID?, issuer: String, actors: [SubjectID],
        credential: CredentialFacts
    ) {
        self.agent = agent
        self.role = role
        self.user = user
        self.issuer = issuer
        self.actors = actors
        self.credential = credential
    }

    package static func == (left: Principal, right: Principal) -> Bool {
        left === right
            || left.isSameCaller(as: right) && left.credential == right.credential
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(agent)
        hasher.combine(role)
        hasher.combine(user)
        hasher.combine(issuer)
        hasher.combine(credential)
    }

    /// What records say of this caller, when it was written in this generation of names; else it is to be written anew.
    package func written(in generation: UInt64) -> WrittenMembers? {
        written.withLock { $0?.generation == generation ? $0?.members : nil }
    }

    /// Keeps what records say of this caller.
    package func keep(_ members: WrittenMembers, in generation: UInt64) {
        written.withLock { $0 = (members, generation) }
    }

    /// Whether both values name the same caller, through the same chain of delegation, whatever token they came with.
    ///
    /// Sessions and what waits in them bind to this, not to the token's bytes: a refreshed token keeps its session.
    package func isSameCaller(as other: Principal) -> Bool {
        agent == other.agent && role == other.role && user == other.user && issuer == other.issuer
            && actors == other.actors
    }
}

/// What may be said about a credential in a record: never the credential itself.
package struct CredentialFacts: Hashable, Sendable {
    /// SHA-256 of the whole token.
    package let digest: Digest
    package let tokenID: String?
    package let keyID: String?
    package let algorithm: String
    package let expires: UnixTime

    package init(digest: Digest, tokenID: String?, keyID: String?, algorithm: String, expires: UnixTime) {
        self.digest = digest
        self.tokenID = tokenID
        self.keyID = keyID
        self.algorithm = algorithm
        self.expires = expires
    }
}
