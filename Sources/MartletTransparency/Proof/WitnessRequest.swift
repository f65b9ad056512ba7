/// What a log asks of a witness: to sign a checkpoint that continues the one it signed last.
///
/// Source: C2SP tlog-witness, "add-checkpoint".
package struct WitnessRequest: Hashable, Sendable {
    /// Records in the checkpoint that the witness signed last; 0 for none.
    package let old: UInt64
    /// Ties the tree of that size to the one of `note`; empty when `old` is 0.
    package let path: [MerkleHash]
    /// The checkpoint with its signatures.
    package let note: String

    package init(old: UInt64, path: [MerkleHash], note: String) {
        self.old = old
        self.path = path
        self.note = note
    }

    /// The body of the request.
    package var text: String { "old \(old)\n" + path.map { "\($0)\n" }.joined() + "\n" + note }
}
