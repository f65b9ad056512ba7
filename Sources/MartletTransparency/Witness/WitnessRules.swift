/// What a witness may sign: a checkpoint of a log it knows that continues the one it signed last.
///
/// A synchronous value: who calls it keeps the last checkpoint, and makes judging and keeping one step.
/// Source: C2SP tlog-witness, "add-checkpoint".
package struct WitnessRules: Sendable {
    private let logs: [String: [NoteVerifier]]

    /// A log may have several keys under one name, for example while its key is replaced.
    package init(logs: [NoteVerifier]) { self.logs = Dictionary(grouping: logs, by: \.name) }

    /// The checkpoint of a request, signed by a key that is trusted for its log.
    package func checkpoint(in request: WitnessRequest) throws(WitnessRefusal) -> Checkpoint {
        let text: String
        do throws(NoteError) { text = try SignedNote(request.note).text } catch { throw .malformed }
        guard let checkpoint = Checkpoint(note: text), request.old <= checkpoint.size,
            checkpoint.size > 0 || checkpoint.root == .empty
        else { throw .malformed }
        guard let verifiers = logs[checkpoint.origin] else { throw .unknownLog }
        guard verifiers.contains(where: { $0.hasSigned(request.note) }) else { throw .notSigned }
        return checkpoint
    }

    /// Returns when `checkpoint` may be signed after `last`, the one signed before; nil when there is none.
    package func check(
        _ checkpoint: Checkpoint, of request: WitnessRequest, after last: Checkpoint?
    ) throws(WitnessRefusal) {
        let size = last?.size ?? 0
        guard request.old == size else { throw .conflict(size: size) }
        guard let last, last.size > 0 else {
            // Nothing was signed yet, or the tree without leaves: any log continues it.
            guard request.path.isEmpty else { throw .inconsistent }
            return
        }
        if checkpoint.size == last.size {
            guard checkpoint.root == last.root else { throw .conflict(size: last.size) }
            guard request.path.isEmpty else { throw .inconsistent }
            return
        }
        guard
            ConsistencyProof.verify(
                first: last.size, firstRoot: last.root, second: checkpoint.size, secondRoot: checkpoint.root,
                path: request.path)
        else { throw .inconsistent }
    }
}

extension NoteVerifier {
    fileprivate func hasSigned(_ note: String) -> Bool {
        do throws(NoteError) {
            _ = try verify(note)
            return true
        } catch {
            return false
        }
    }
}
