/// One replacement of the key of a log: a proof that the old key's log has the record that names the new one.
///
/// Kept as C2SP tlog-proof with the record itself as its extra data: `rotations/<n>.tlog-proof`, counted from 0.
package struct KeyRotation: Hashable, Sendable {
    /// The record that says so.
    package let index: UInt64
    package let leaf: MerkleHash
    /// What the old key signed last as proof; the log must continue it.
    package let checkpoint: Checkpoint
    /// The verifier key from then on.
    package let newKey: String

    package static func path(_ number: Int) -> String { "rotations/\(number).tlog-proof" }
}

/// Why a chain of keys does not hold.
package enum KeyChainError: Error, Hashable, Sendable {
    case proof(TlogProofError)
    /// The proof has no record of a rotation with it.
    case noRotation
    /// The record names another old key than the one before, or a new one that is no key of this log.
    case broken
}

/// The keys of a log, from one that somebody trusts to the newest, each vouched for by the one before. Source: ADR-0024.
package struct KeyChain: Sendable {
    /// The trusted key first.
    package private(set) var verifiers: [NoteVerifier]
    package private(set) var rotations: [KeyRotation] = []

    package init(_ trusted: NoteVerifier) { verifiers = [trusted] }

    package var newest: NoteVerifier { verifiers[verifiers.count - 1] }

    /// Takes the next rotation. One that lies before the trusted key is left out.
    ///
    /// `keys` reads the old and the new verifier key from a record; nil when it is about something else.
    package mutating func take(
        _ text: String, keys: ([UInt8]) -> (old: String, new: String)?
    ) throws(KeyChainError) {
        let proof: TlogProof
        do throws(TlogProofError) { proof = try TlogProof(text) } catch { throw .proof(error) }
        guard let record = proof.extra, let (old, new) = keys(record) else { throw .noRotation }
        guard old == newest.verifierKey else {
            guard rotations.isEmpty else { throw .broken }
            return
        }
        let leaf = MerkleHash.leaf(record)
        let checkpoint: Checkpoint
        do throws(TlogProofError) {
            checkpoint = try proof.verify(leaf: leaf, verifier: newest)
        } catch {
            throw .proof(error)
        }
        guard let verifier = NoteVerifier(new), verifier.name == newest.name else { throw .broken }
        rotations.append(KeyRotation(index: proof.index, leaf: leaf, checkpoint: checkpoint, newKey: new))
        verifiers.append(verifier)
    }

    /// The checkpoint in a note that one of the keys signed, the newest first, and the key that did.
    ///
    /// A key that was replaced speaks for the log up to its replacement and no further: whoever has it may not be its owner
    /// any more.
    package func signed(_ note: String) throws(CheckpointError) -> (checkpoint: Checkpoint, by: NoteVerifier) {
        for (number, verifier) in verifiers.enumerated().reversed() where number > 0 {
            do throws(CheckpointError) {
                return (try upToReplacement(number, Checkpoint(signed: note, by: verifier)), verifier)
            } catch {
                guard case .note(.notSigned) = error else { throw error }
            }
        }
        return (try upToReplacement(0, Checkpoint(signed: note, by: verifiers[0])), verifiers[0])
    }

    private func upToReplacement(
        _ number: Int, _ checkpoint: Checkpoint
    ) throws(CheckpointError) -> Checkpoint {
        guard number < rotations.count, checkpoint.size > rotations[number].checkpoint.size else { return checkpoint }
        throw .note(.notSigned(by: newest.name))
    }

    package func checkpoint(signed note: String) throws(CheckpointError) -> Checkpoint {
        try signed(note).checkpoint
    }
}
