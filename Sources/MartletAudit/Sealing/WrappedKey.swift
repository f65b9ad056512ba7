/// A data key as it is kept: encrypted under the key of the key file, of no use without it.
package struct WrappedKey: Hashable, Sendable {
    package let id: KeyID
    package let pseudonym: Pseudonym
    package let quarter: Quarter
    /// The key it is wrapped under.
    package let root: KeyID
    /// One byte of version, 12 of nonce, 32 of key, 16 of tag.
    package let bytes: [UInt8]

    package init(id: KeyID, pseudonym: Pseudonym, quarter: Quarter, root: KeyID, bytes: [UInt8]) {
        self.id = id
        self.pseudonym = pseudonym
        self.quarter = quarter
        self.root = root
        self.bytes = bytes
    }

    /// What the wrapping is bound to: a wrapped key cannot be passed off as that of another subject or quarter.
    var binding: [UInt8] { Array("martlet.data-key.v1\n\(id)\n\(pseudonym)\n\(quarter)\n\(root)".utf8) }
}
