import MartletTransparency

/// A note is read as the standard says, counts only with our own signature, and what we sign is read as we signed it.
enum NoteProperties {
    static func check(_ input: [UInt8]) throws(Violation) {
        let text = String(decoding: input, as: UTF8.self)
        let world = try LogWorld.open()
        try checkReading(text)
        try checkAcceptance(text, world)
        try checkSigning(text, world)
        try CheckpointProperties.check(text, world)
        try KeyProperties.check(text)
    }

    private static func checkReading(_ note: String) throws(Violation) {
        let model = NoteModel(Array(note.utf8))
        let read = attempt { () throws(NoteError) in try SignedNote(note) }
        try require((read == nil) == (model == nil), "a note is read, or refused, against the standard")
        guard let read, let model else { return }
        try require(read.text.utf8.elementsEqual(model.text), "a note has another text")
    }

    /// Whoever does not have the key brings nothing in: the line must be the one that the key makes.
    private static func checkAcceptance(_ note: String, _ world: LogWorld) throws(Violation) {
        let lines = NoteModel(Array(note.utf8))?.signatures ?? []
        for (signer, verifier) in [(world.signer, world.verifier), (world.otherSigner, world.rival)] {
            guard let text = attempt({ () throws(NoteError) in try verifier.verify(note) }) else { continue }
            let line = attempt { () throws(NoteError) in try signer.line(for: text) } ?? ""
            try require(lines.contains(Array(line.utf8.dropLast())), "a signature counts that the key did not make")
            try require(!isAccepted("x" + note, verifier), "a note counts that was changed")
        }
        if let time = attempt({ () throws(NoteError) in try world.witnessVerifier.verify(note) }) {
            let text = attempt { () throws(NoteError) in try SignedNote(note).text } ?? ""
            let line = attempt { () throws(NoteError) in try world.witness.line(for: text, time: time) } ?? ""
            try require(lines.contains(Array(line.utf8.dropLast())), "a cosignature counts that the key did not make")
        }
    }

    private static func checkSigning(_ text: String, _ world: LogWorld) throws(Violation) {
        let note = attempt { () throws(NoteError) in try world.signer.sign(text) }
        try require(
            (note != nil) == NoteModel.isText(Array(text.utf8)), "a text is signed, or not, against the standard")
        guard let note else { return }
        let time = UInt64(text.utf8.count)
        let cosignature = try expect("a text that is signed is not cosigned") { () throws(NoteError) in
            try world.witness.line(for: text, time: time)
        }
        for whole in [note, note + cosignature, note + "\u{2014} other AAAAAAAA\n"] {
            let read = try expect("what we signed is refused") { () throws(NoteError) in
                try world.verifier.verify(whole)
            }
            try require(isSameText(read, text), "what we signed is read as another text")
        }
        let seen = try expect("what a witness signed is refused") { () throws(NoteError) in
            try world.witnessVerifier.verify(note + cosignature)
        }
        try require(seen == time, "what a witness signed is read with another time")
        try require(!isAccepted(note, world.rival), "another key under the same name counts")
        let end = String(decoding: note.utf8.dropFirst(text.utf8.count), as: UTF8.self)
        try require(!isAccepted(text + "x\n" + end, world.verifier), "a signature counts for a longer text")
    }

    private static func isAccepted(_ note: String, _ verifier: NoteVerifier) -> Bool {
        attempt { () throws(NoteError) in try verifier.verify(note) } != nil
    }
}
