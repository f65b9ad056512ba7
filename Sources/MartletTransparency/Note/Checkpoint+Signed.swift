/// Why a signed checkpoint was refused.
package enum CheckpointError: Error, Hashable, Sendable {
    case note(NoteError)
    /// Signed, and no checkpoint.
    case malformed
    /// Signed by the key of one log, and about another one.
    case foreign(origin: String)
}

extension Checkpoint {
    /// Reads a signed note as a checkpoint of the log whose key is `verifier`.
    ///
    /// The first line must be the name of the key: a key signs for one log. C2SP says SHOULD; we require it.
    /// Source: C2SP tlog-checkpoint, "Signatures".
    package init(signed note: String, by verifier: NoteVerifier) throws(CheckpointError) {
        let text: String
        do throws(NoteError) { text = try verifier.verify(note) } catch { throw .note(error) }
        guard let checkpoint = Checkpoint(note: text) else { throw .malformed }
        guard checkpoint.origin.utf8.elementsEqual(verifier.name.utf8) else {
            throw .foreign(origin: checkpoint.origin)
        }
        self = checkpoint
    }
}
