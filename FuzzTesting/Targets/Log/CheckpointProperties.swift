import MartletTransparency

/// A checkpoint is read as the standard says, and is printed as what was read.
enum CheckpointProperties {
    static func check(_ text: String, _ world: LogWorld) throws(Violation) {
        try checkReading(text)
        try checkWriting(text, world)
        // A note of ours may say anything; it is a checkpoint only when it names the log of the key.
        if let checkpoint = attempt({ () throws(CheckpointError) in try Checkpoint(signed: text, by: world.verifier) })
        {
            try require(isSameText(checkpoint.origin, LogWorld.origin), "a checkpoint of another log counts")
        }
        if let signed = attempt({ () throws(NoteError) in try world.signer.sign(text) }) {
            let read = attempt { () throws(CheckpointError) in try Checkpoint(signed: signed, by: world.verifier) }
            let stated = Checkpoint(note: text).flatMap { isSameText($0.origin, LogWorld.origin) ? $0 : nil }
            try require(read == stated, "a signed checkpoint is another one than the same text without signature")
        }
    }

    private static func checkReading(_ text: String) throws(Violation) {
        let read = Checkpoint(note: text)
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        let size = lines.count > 3 ? NoteModel.number(lines[1]) : nil
        let root = lines.count > 3 ? NoteModel.base64(lines[2]) : nil
        let isWhole = lines.last?.isEmpty == true && !lines.dropLast().contains([])
        let isCheckpoint = isWhole && size != nil && root?.count == 32
        try require((read != nil) == isCheckpoint, "a checkpoint is read, or refused, against the standard")
        guard let read else { return }
        try require(isSameText(read.text, text), "a checkpoint is not printed as it was read")
        try require(read.size == size && read.root.bytes == root, "a checkpoint states another tree")
        try require(Checkpoint(note: read.text) == read, "a checkpoint is read twice and differs")
        try require(Checkpoint(note: text + "\n") == nil, "a checkpoint with an empty line is read")
        try require(read.extensions.count == lines.count - 4, "a checkpoint has other extension lines")
    }

    /// The lines of the input as extensions.
    private static func checkWriting(_ text: String, _ world: LogWorld) throws(Violation) {
        let extensions = text.utf8.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
        let written = Checkpoint(
            origin: LogWorld.origin, size: UInt64(truncatingIfNeeded: text.utf8.reduce(1) { $0 &* 31 &+ Int($1) }),
            root: .leaf(Array(text.utf8)), extensions: extensions)
        try require(Checkpoint(note: written.text) == written, "a checkpoint is not read as it was printed")
    }
}
