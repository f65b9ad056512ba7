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

    /// Reads the body of a request; nil when it is not in form, or its path is longer than 63 hashes.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard
            let end = bytes.indices.dropFirst().first(where: {
                bytes[$0] == Self.newline && bytes[$0 - 1] == Self.newline
            })
        else { return nil }
        let lines = bytes[..<(end - 1)].split(separator: Self.newline, omittingEmptySubsequences: false)
        guard let first = lines.first, first.starts(with: Self.old), lines.count <= Self.longestPath + 1,
            let old = Decimal.read(first.dropFirst(Self.old.count)), end + 1 < bytes.count
        else { return nil }
        let path = lines.dropFirst().map { Base64.decode($0).flatMap { MerkleHash(bytes: $0) } }
        guard path.allSatisfy({ $0 != nil }) else { return nil }
        self.init(old: old, path: path.compactMap(\.self), note: String(decoding: bytes[(end + 1)...], as: UTF8.self))
    }

    private static let newline = UInt8(ascii: "\n")
    private static let old = Array("old ".utf8)
    private static let longestPath = 63

    /// Whether it shows that `later`, whose text its note carries, continues `earlier`.
    ///
    /// The note is the carrier only: who signed it is for the caller to know.
    package func ties(_ earlier: Checkpoint, to later: Checkpoint) -> Bool {
        let carried: Checkpoint?
        do throws(NoteError) { carried = Checkpoint(note: try SignedNote(note).text) } catch { return false }
        guard carried == later, old == earlier.size, earlier.origin.utf8.elementsEqual(later.origin.utf8) else {
            return false
        }
        return ConsistencyProof.verify(
            first: earlier.size, firstRoot: earlier.root, second: later.size, secondRoot: later.root, path: path)
    }

    /// The body of the request.
    package var text: String { "old \(old)\n" + path.map { "\($0)\n" }.joined() + "\n" + note }
}
