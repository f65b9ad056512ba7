/// A record with what shows, without the log, that it stands there.
package struct ProvenRecord: Sendable {
    package let leaf: [UInt8]
    /// The text of a proof. Source: C2SP tlog-proof.
    package let proof: String

    package init(leaf: [UInt8], proof: String) {
        self.leaf = leaf
        self.proof = proof
    }
}

/// What the published log says about one index.
package enum ProofLookup: Sendable {
    case found(ProvenRecord)
    /// The newest checkpoint does not reach so far, yet.
    case notCovered
    /// The tiles cannot be read, or do not give the root of the checkpoint.
    case unavailable
}
