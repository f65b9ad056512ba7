/// What witnesses stated about the log of a bundle.
package enum EvidenceWitnessing: Hashable, Sendable {
    package enum Policy: Hashable, Sendable {
        /// The configuration has none.
        case none
        /// It is met, by the witnesses of these names.
        case met([String])
        /// It asks for other witnesses than those that signed: it was changed since.
        case notMet
    }

    /// Nobody is asked.
    case notConfigured
    /// Witnesses are asked, and not enough have signed anything yet.
    case notYet
    /// What they signed last is signed with a key of the log that was replaced since.
    case underReplacedKey
    /// They signed a checkpoint of `size` records, which covers `covered` records of the bundle.
    case signed(size: UInt64, covered: Int, policy: Policy)
}

/// What timestamp authorities signed about the log of a bundle.
package struct EvidenceTimestamps: Hashable, Sendable {
    package var tokens: Int
    /// Records of the bundle that one of them covers.
    package var covered: Int
    /// Tokens that lie beside the log, and are not about the checkpoint that lies beside them.
    package var unreadable: Int

    package init(tokens: Int = 0, covered: Int = 0, unreadable: Int = 0) {
        (self.tokens, self.covered, self.unreadable) = (tokens, covered, unreadable)
    }
}
