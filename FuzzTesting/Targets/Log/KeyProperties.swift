import MartletTransparency

/// A key has one spelling; under each name that can stand in a note there is one, and what it signs is read.
enum KeyProperties {
    /// Takes the first line as a key, and as the name of one.
    static func check(_ text: String) throws(Violation) {
        let line = String(decoding: text.utf8.prefix { $0 != 0x0A }, as: UTF8.self)
        try checkReading(line)
        try checkName(line)
    }

    private static func checkReading(_ line: String) throws(Violation) {
        if let key = NoteVerifier(line) {
            try require(isSameText(key.verifierKey, line), "a key is not printed as it was read")
            try require(key.hasKey(of: key) && line.utf8.starts(with: key.name.utf8), "a key has another name")
            try require(CosignatureVerifier(line) == nil, "the key of a log is one of a witness")
            try require(NoteVerifier(line + "=") == nil && NoteVerifier("x" + line) == nil, "a key has two spellings")
        }
        if let key = CosignatureVerifier(line) {
            try require(line.utf8.starts(with: key.name.utf8), "the key of a witness has another name")
            try require(CosignatureVerifier("x" + line) == nil, "the key of a witness has two spellings")
        }
        if let signer = NoteSigner(signerKey: line) {
            try require(isSameText(signer.signerKey, line), "a secret key is not printed as it was read")
        }
        if let signer = CosignatureSigner(signerKey: line) {
            try require(isSameText(signer.signerKey, line), "the secret key of a witness is not printed as it was read")
        }
    }

    private static func checkName(_ name: String) throws(Violation) {
        let seed = [UInt8](repeating: 4, count: 32)
        let isName =
            !name.isEmpty
            && name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "+" && !$0.properties.isWhitespace }
        let signer = NoteSigner(name: name, seed: seed)
        let witness = CosignatureSigner(name: name, seed: seed)
        try require((signer != nil) == isName && (witness != nil) == isName, "a name is taken, or refused, wrongly")
        guard let signer, let witness else { return }
        let again = NoteSigner(signerKey: signer.signerKey)
        try require(again.map { isSameText($0.signerKey, signer.signerKey) } ?? false, "a secret key is not read again")
        let other = CosignatureSigner(signerKey: witness.signerKey)
        try require(other.map { isSameText($0.signerKey, witness.signerKey) } ?? false, "a witness is not read again")
        guard let verifier = NoteVerifier(signer.verifierKey), let seen = CosignatureVerifier(witness.verifierKey)
        else {
            throw Violation(description: "a key that was made is not read")
        }
        try require(isSameText(verifier.name, name) && isSameText(seen.name, name), "a key has another name")
        let note = try expect("a key does not sign") { () throws(NoteError) in
            try signer.sign("\(name)\n") + witness.line(for: "\(name)\n", time: 7)
        }
        let text = try expect("what a key signed is refused") { () throws(NoteError) in try verifier.verify(note) }
        try require(isSameText(text, name + "\n"), "what a key signed is read as another text")
        let time = try expect("what a witness signed is refused") { () throws(NoteError) in try seen.verify(note) }
        try require(time == 7, "what a witness signed has another time")
    }
}
