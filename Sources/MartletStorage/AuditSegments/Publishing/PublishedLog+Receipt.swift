package import MartletTransparency

extension PublishedLog {
    /// The proof in the form of COSE, signed now with the key of the log: for who may read that key.
    ///
    /// `proof` must have been verified with the key that lies beside the log.
    package func receipt(_ proof: TlogProof, _ verifier: NoteVerifier) throws(SegmentError) -> [UInt8] {
        let key = try LogKey.read(layout.signingKey, files)
        guard let key else { throw .missing(path: layout.signingKey) }
        guard key.verifier.verifierKey == verifier.verifierKey else { throw .foreignLog(origin: key.verifier.name) }
        do throws(CheckpointError) {
            let checkpoint = try Checkpoint(signed: proof.note, by: verifier)
            do throws(NoteError) {
                return try COSEReceipt.make(proof, of: checkpoint, signer: key.signer)
            } catch {
                throw CheckpointError.note(error)
            }
        } catch {
            guard case .note(let cause) = error else { throw .malformed(path: layout.checkpoint) }
            throw .checkpointRefused(cause)
        }
    }
}
