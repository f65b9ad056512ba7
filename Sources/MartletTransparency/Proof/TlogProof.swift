/// Why a proof was refused.
package enum TlogProofError: Error, Hashable, Sendable {
    /// Not in form; the line is counted from 1.
    case malformed(line: Int)
    case checkpoint(CheckpointError)
    /// The path does not lead from this leaf to the root of the checkpoint.
    case notIncluded
}

/// Everything that shows, without the log, that a leaf stands in it. Source: C2SP tlog-proof.
package struct TlogProof: Hashable, Sendable {
    private static let header = "c2sp.org/tlog-proof@v1"
    /// A tree of 2⁶⁴ leaves has no longer path.
    private static let longestPath = 64

    package let index: UInt64
    /// From the sibling of the leaf up to a child of the root.
    package let path: [MerkleHash]
    /// The checkpoint with its signatures, as the log wrote it.
    package let note: String
    /// What an application adds. It is not covered by any signature.
    package let extra: [UInt8]?

    package init(index: UInt64, path: [MerkleHash], note: String, extra: [UInt8]? = nil) {
        self.index = index
        self.path = path
        self.note = note
        self.extra = extra
    }

    package var text: String {
        let head = [Self.header] + (extra.map { ["extra " + Base64.encode($0)] } ?? []) + ["index \(index)"]
        return (head + path.map(\.description)).map { $0 + "\n" }.joined() + "\n" + note
    }

    package init(_ text: String) throws(TlogProofError) {
        var lines = ProofLines(text)
        guard lines.take().elementsEqual(Self.header.utf8) else { throw lines.malformed }
        var line = lines.take()
        var extra: [UInt8]?
        if let rest = line.after("extra ") {
            guard let bytes = Base64.decode(rest) else { throw lines.malformed }
            extra = bytes
            line = lines.take()
        }
        guard let index = line.after("index ").flatMap(Decimal.read) else { throw lines.malformed }
        var path: [MerkleHash] = []
        while true {
            line = lines.take()
            if line.isEmpty { break }
            guard path.count < Self.longestPath, let hash = Base64.decode(line).flatMap({ MerkleHash(bytes: $0) })
            else { throw lines.malformed }
            path.append(hash)
        }
        guard !lines.rest.isEmpty else { throw lines.malformed }
        self.init(index: index, path: path, note: String(decoding: lines.rest, as: UTF8.self), extra: extra)
    }

    /// Returns the checkpoint that vouches for `leaf` at `index`, signed by the log of `verifier`.
    @discardableResult
    package func verify(leaf: MerkleHash, verifier: NoteVerifier) throws(TlogProofError) -> Checkpoint {
        let checkpoint: Checkpoint
        do throws(CheckpointError) {
            checkpoint = try Checkpoint(signed: note, by: verifier)
        } catch {
            throw .checkpoint(error)
        }
        guard
            InclusionProof.verify(leaf: leaf, index: index, size: checkpoint.size, path: path, root: checkpoint.root)
        else { throw .notIncluded }
        return checkpoint
    }
}

/// The lines of a proof, taken one by one.
private struct ProofLines {
    private(set) var rest: Substring.UTF8View
    private var taken = 0

    init(_ text: String) { rest = text[...].utf8 }

    /// The next line without its newline; an empty one when no newline follows.
    mutating func take() -> Substring.UTF8View {
        taken += 1
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
            defer { rest = rest.suffix(0) }
            return rest.suffix(0)
        }
        defer { rest = rest[rest.index(after: end)...] }
        return rest[..<end]
    }

    var malformed: TlogProofError { .malformed(line: taken) }
}

extension Substring.UTF8View {
    fileprivate func after(_ prefix: String) -> Substring.UTF8View? {
        starts(with: prefix.utf8) ? dropFirst(prefix.utf8.count) : nil
    }
}
