/// What a log states about itself: its name, its size and the root over its leaves. Source: C2SP tlog-checkpoint.
package struct Checkpoint: Hashable, Sendable {
    /// The unique name of the log, one line, for example `martlet.example.com/gw-eu-1a`.
    package let origin: String
    package let size: UInt64
    package let root: MerkleHash
    /// Lines after the third, kept as they are; our own checkpoints have none.
    package let extensions: [String]

    package init(origin: String, size: UInt64, root: MerkleHash, extensions: [String] = []) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Reads the text of a note, without its signatures.
    ///
    /// nil unless there are at least three lines, each ended by a newline and none empty, the size is decimal without
    /// leading zeros, and the root is 32 bytes of base64.
    package init?(note text: String) {
        let bytes = Array(text.utf8)
        guard bytes.last == UInt8(ascii: "\n") else { return nil }
        let lines = bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count >= 3, lines.allSatisfy({ !$0.isEmpty }), let size = Decimal.read(lines[1]),
            let root = Base64.decode(lines[2]).flatMap({ MerkleHash(bytes: $0) })
        else { return nil }
        let texts = lines.map { String(decoding: $0, as: UTF8.self) }
        self.init(origin: texts[0], size: size, root: root, extensions: Array(texts[3...]))
    }

    /// The text that is signed.
    package var text: String {
        "\(origin)\n\(size)\n\(root)\n" + extensions.map { $0 + "\n" }.joined()
    }
}
