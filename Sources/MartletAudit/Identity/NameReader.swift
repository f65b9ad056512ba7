import MartletCore

/// What the vault knows of a pseudonym.
package struct KnownIdentity: Hashable, Sendable {
    package let name: String
    /// Empty for a name that no issuer vouches for.
    package let issuer: String
    /// What shows it to others; nil for a pseudonym of an earlier release.
    package let disclosure: String?

    package init(name: String, issuer: String, disclosure: String?) {
        self.name = name
        self.issuer = issuer
        self.disclosure = disclosure
    }
}

/// Opens the pseudonyms of records for a reader, as far as the vault can.
package struct NameReader {
    package enum Found: Sendable {
        case known(KnownIdentity)
        /// The vault has no such pseudonym.
        case absent
        /// There is no vault here, or it cannot be read.
        case unknown
    }

    private let look: (Pseudonym) -> Found
    private let erased: Set<Pseudonym>

    /// `erasures` are those of the same log, `later` those of the logs behind it.
    package init(
        erasures: Erasures, later: LaterErasures = LaterErasures(), look: @escaping (Pseudonym) -> Found
    ) {
        self.look = look
        erased = Set(erasures.executed.map(\.facts.subject) + later.subjects)
    }

    /// Opens nothing.
    package static var none: NameReader { NameReader(erasures: Erasures()) { _ in .unknown } }

    /// Only these, whatever else the vault knows.
    package func restricted(to pseudonyms: Set<Pseudonym>) -> NameReader {
        NameReader(look: { [look] in pseudonyms.contains($0) ? look($0) : .unknown }, erased: erased)
    }

    private init(look: @escaping (Pseudonym) -> Found, erased: Set<Pseudonym>) {
        self.look = look
        self.erased = erased
    }

    /// A name of a record for a person: the one behind a pseudonym, else the pseudonym and why there is no name.
    package func text(_ recorded: String) -> String {
        guard let pseudonym = Pseudonym(recorded) else { return recorded }
        switch look(pseudonym) {
        case .known(let identity): return identity.name
        case .absent: return recorded + (erased.contains(pseudonym) ? " (erased)" : " (not in the vault)")
        case .unknown: return recorded
        }
    }

    /// Who a pseudonym stands for; nil when that cannot be said.
    package func identity(_ recorded: String) -> KnownIdentity? {
        guard let pseudonym = Pseudonym(recorded), case .known(let identity) = look(pseudonym) else { return nil }
        return identity
    }
}
