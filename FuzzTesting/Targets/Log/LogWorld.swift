import MartletTransparency

/// The keys that inputs are signed with. Everybody knows them, and no log has them.
struct LogWorld: Sendable {
    static let origin = "fuzz.example/log"
    static let shared = LogWorld()

    let signer: NoteSigner
    let verifier: NoteVerifier
    /// The same name with another key.
    let otherSigner: NoteSigner
    let rival: NoteVerifier
    let witness: CosignatureSigner
    let witnessVerifier: CosignatureVerifier
    /// The checkpoint of the log before its first leaf.
    let emptyLog: String

    private init?() {
        guard let signer = NoteSigner(name: Self.origin, seed: [UInt8](repeating: 1, count: 32)),
            let other = NoteSigner(name: Self.origin, seed: [UInt8](repeating: 2, count: 32)),
            let witness = CosignatureSigner(name: "fuzz.example/witness", seed: [UInt8](repeating: 3, count: 32)),
            let verifier = NoteVerifier(signer.verifierKey), let rival = NoteVerifier(other.verifierKey),
            let witnessVerifier = CosignatureVerifier(witness.verifierKey),
            let note = attempt({ () throws(NoteError) in
                try signer.sign(Checkpoint(origin: Self.origin, size: 0, root: .empty).text)
            })
        else { return nil }
        emptyLog = note
        (self.signer, self.verifier) = (signer, verifier)
        (otherSigner, self.rival) = (other, rival)
        (self.witness, self.witnessVerifier) = (witness, witnessVerifier)
    }

    static func open() throws(Violation) -> LogWorld {
        guard let shared else { throw Violation(description: "the keys of the fuzzers are broken") }
        return shared
    }

    /// The note under which the log states a tree.
    func note(size: UInt64, root: MerkleHash) throws(Violation) -> String {
        let text = Checkpoint(origin: Self.origin, size: size, root: root).text
        return try expect("a checkpoint is not signed") { () throws(NoteError) in try signer.sign(text) }
    }
}
