import MartletTransparency

/// Writes signed checkpoints of one log.
struct CheckpointSigner: Sendable {
    let origin: String
    let key: LogKey
    let file: CheckpointFile

    func state(_ frontier: MerkleFrontier, settlesName: Bool) throws(SegmentError) -> Checkpoint {
        let checkpoint = Checkpoint(origin: origin, size: frontier.size, root: frontier.root)
        try file.store(checkpoint, signer: key.signer, settlesName: settlesName)
        return checkpoint
    }
}
