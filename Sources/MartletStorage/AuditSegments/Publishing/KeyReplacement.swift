import MartletTransparency

/// Puts the next key of a log in the place of the one that signs it now, when the record that says so is published.
///
/// Each step can be done again: a crash between two of them leaves a log that opens, and the next start goes on.
struct KeyReplacement: Sendable {
    let layout: LogLayout
    let files: any SegmentFiles
    let next: LogKey
    /// The record `key.rotated`.
    let index: UInt64

    /// Gives the signer of both keys. `stated` must be the checkpoint on disk, signed by the old key, with the record.
    func run(_ signer: CheckpointSigner, stated: Checkpoint) throws(SegmentError) -> CheckpointSigner {
        try keepProof(signer.key)
        let both = signer.replaced(by: next)
        // From here on either key opens the log.
        try both.file.store(stated, signedBy: both.signers, settlesName: true)
        do throws(FileError) {
            try files.replace(layout.oldKey, with: signer.key.text)
            if try files.exists(layout.nextKey) {
                try files.rename(layout.nextKey, to: layout.signingKey)
            }
            try files.synchronizeDirectory(LogLayout.parent(of: layout.signingKey))
        } catch {
            throw .file(error)
        }
        try next.showVerifierKey(layout, files)
        return both
    }

    /// What ties the new key to the old one, for whoever knows that.
    private func keepProof(_ old: LogKey) throws(SegmentError) {
        let rotations = RotationFiles(layout: layout, files: files)
        let (chain, count) = try rotations.chain(from: old.verifier)
        guard chain.rotations.last?.newKey != next.verifier.verifierKey else { return }
        let log = PublishedLog(layout: layout, files: files)
        guard let (proof, leaf) = try log.proof(of: index, old.verifier) else {
            throw .missing(path: layout.checkpoint)
        }
        let whole = TlogProof(index: index, path: proof.path, note: proof.note, extra: leaf)
        try rotations.put(whole.text, at: count)
    }
}
