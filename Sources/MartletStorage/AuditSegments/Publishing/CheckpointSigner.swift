import MartletTransparency

/// Writes signed checkpoints of one log.
struct CheckpointSigner: Sendable {
    let origin: String
    let key: LogKey
    /// The key before, while both sign.
    let former: LogKey?
    let file: CheckpointFile

    var signers: [NoteSigner] { [key.signer] + [former?.signer].compactMap(\.self) }

    func replaced(by next: LogKey) -> CheckpointSigner {
        CheckpointSigner(origin: origin, key: next, former: key, file: file)
    }

    func state(_ frontier: MerkleFrontier, settlesName: Bool) throws(SegmentError) -> Checkpoint {
        let checkpoint = Checkpoint(origin: origin, size: frontier.size, root: frontier.root)
        try file.store(checkpoint, signedBy: signers, settlesName: settlesName)
        return checkpoint
    }
}
