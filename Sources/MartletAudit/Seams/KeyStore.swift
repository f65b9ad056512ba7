package import MartletCore

/// Where the wrapped data keys are kept: `SQLiteKeyStore` on disk, `MemoryKeyStore` in tests. Source: ADR-0023.
package protocol KeyStore: Sendable {
    /// The key of `subject` in `quarter` that is wrapped under `fresh.root`; the fresh one when there is none yet.
    ///
    /// When it returns, that key survives power loss. When it throws, the fresh one may or may not be kept: nothing may be
    /// sealed under it. Of callers at once for one subject and quarter all get the same key.
    func key(
        of subject: DataSubject, in quarter: Quarter, else fresh: FreshKey
    ) async throws(KeyStoreError) -> WrappedKey

    /// The pseudonym of `subject`, made with `salt` when it has none yet. When it returns, that and what opens it survive
    /// power loss.
    func pseudonym(of subject: DataSubject, salt: [UInt8]) async throws(KeyStoreError) -> Pseudonym

    /// The subjects of this name, of every issuer, with all of their keys.
    func subjects(named name: SubjectID) async throws(KeyStoreError) -> [KeptSubject]

    /// Who a pseudonym stands for; nil when it is not known, or not any more.
    func subject(of pseudonym: Pseudonym) async throws(KeyStoreError) -> DataSubject?

    /// Destroys keys and returns how many there were; of the pseudonyms, with what opens them, those under which no key is left.
    ///
    /// When it returns, no byte of them is in any file of the store, also after power loss. When it throws, some may be left.
    func destroy(_ keys: [KeyID], forgetting pseudonyms: [Pseudonym]) async throws(KeyStoreError) -> Int
}

/// A subject as the store knows it.
package struct KeptSubject: Hashable, Sendable {
    package let subject: DataSubject
    package let pseudonym: Pseudonym
    /// What opens the pseudonym; nil for one of an earlier release.
    package let disclosure: IdentityDisclosure?
    package let keys: [WrappedKey]

    package init(
        subject: DataSubject, pseudonym: Pseudonym, disclosure: IdentityDisclosure?, keys: [WrappedKey]
    ) {
        self.subject = subject
        self.pseudonym = pseudonym
        self.disclosure = disclosure
        self.keys = keys
    }
}

/// A key that is kept only when there is none yet.
package struct FreshKey: Sendable {
    /// Of the pseudonym of a subject that has none yet.
    package let salt: [UInt8]
    /// The key that wraps it.
    package let root: KeyID
    /// Wraps it for the pseudonym that the subject has; nil when the cipher fails.
    package let wrap: @Sendable (Pseudonym) -> WrappedKey?

    package init(salt: [UInt8], root: KeyID, wrap: @escaping @Sendable (Pseudonym) -> WrappedKey?) {
        self.salt = salt
        self.root = root
        self.wrap = wrap
    }
}

/// Why the store of keys did not answer; the text is for the operator.
package enum KeyStoreError: Error, Hashable, Sendable {
    /// It cannot be read or written.
    case unavailable(String)
    /// It holds what no release wrote.
    case damaged(String)
}
