import MartletTransparency

/// The signed statement about a log, and the key that signs it.
struct CheckpointFile: Sendable {
    let layout: LogLayout
    let files: any SegmentFiles

    /// The statement on disk, verified; nil when there is none.
    func load(verifier: NoteVerifier) throws(SegmentError) -> Checkpoint? {
        guard let note = try text(layout.checkpoint) else { return nil }
        do throws(NoteError) {
            guard let checkpoint = Checkpoint(note: try verifier.verify(note)) else {
                throw NoteError.malformed
            }
            return checkpoint
        } catch {
            throw .checkpointRefused(error)
        }
    }

    /// The same, signed by any key of a chain.
    func load(chain: KeyChain) throws(SegmentError) -> Checkpoint? {
        guard let note = try text(layout.checkpoint) else { return nil }
        do throws(CheckpointError) {
            return try chain.checkpoint(signed: note)
        } catch {
            switch error {
            case .note(let cause): throw .checkpointRefused(cause)
            case .malformed: throw .malformed(path: layout.checkpoint)
            case .foreign(let origin): throw .foreignLog(origin: origin)
            }
        }
    }

    /// Replaces the statement in one step; `settlesName` also makes the replacement survive power loss.
    func store(_ checkpoint: Checkpoint, signer: NoteSigner, settlesName: Bool) throws(SegmentError) {
        try store(checkpoint, signedBy: [signer], settlesName: settlesName)
    }

    /// The same with the signatures of several keys.
    func store(_ checkpoint: Checkpoint, signedBy signers: [NoteSigner], settlesName: Bool) throws(SegmentError) {
        var note = checkpoint.text + "\n"
        do throws(NoteError) {
            for signer in signers { note += try signer.line(for: checkpoint.text) }
        } catch {
            throw .checkpointRefused(error)
        }
        do throws(FileError) {
            try files.replace(layout.checkpoint, with: Array(note.utf8), settlesName: settlesName)
        } catch {
            throw .file(error)
        }
    }

    /// Puts a statement with the signatures of witnesses beside the newest one, and in its place when it still is that.
    func store(witnessed note: String, isNewest: Bool) throws(SegmentError) {
        do throws(FileError) {
            try files.replace(layout.witnessedCheckpoint, with: Array(note.utf8))
            if isNewest { try files.replace(layout.checkpoint, with: Array(note.utf8), settlesName: false) }
        } catch {
            throw .file(error)
        }
    }

    func text(_ path: String) throws(SegmentError) -> String? {
        do throws(FileError) {
            guard let bytes = try files.contents(of: path) else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            throw .file(error)
        }
    }
}
