import Glibc
package import MartletTransparency

/// What others stated about a log: its witnesses, and authorities of time.
extension PublishedLog {
    /// A checkpoint as it is signed, and what it says.
    package typealias Statement = (note: String, checkpoint: Checkpoint)

    /// The newest checkpoint that enough witnesses signed, as it lies there; nil when there is none.
    package func witnessedNote() throws(SegmentError) -> String? {
        try CheckpointFile(layout: layout, files: files).text(layout.witnessedCheckpoint)
    }

    /// What shows that the larger of two checkpoints continues the smaller one. It has been verified.
    package func continuation(_ one: Statement, _ other: Statement) throws(SegmentError) -> WitnessRequest {
        let (earlier, later) = one.checkpoint.size <= other.checkpoint.size ? (one, other) : (other, one)
        let request = try witnessRequest(old: earlier.checkpoint.size, for: later.note, later.checkpoint)
        guard let request, request.ties(earlier.checkpoint, to: later.checkpoint) else {
            throw .rewritten(checkpoint: earlier.checkpoint.size)
        }
        return request
    }

    /// How many records each checkpoint has that was timestamped, in order.
    package func timestamps() throws(SegmentError) -> [UInt64] {
        do throws(FileError) {
            return try files.list(layout.timestamps).compactMap(Self.size).sorted()
        } catch {
            guard error.errno == ENOENT else { throw .file(error) }
            return []
        }
    }

    /// The checkpoint that was timestamped at `size`, and the answer of the authority, which is about it.
    package func timestamp(_ size: UInt64) throws(SegmentError) -> (statement: Statement, token: [UInt8]) {
        let name = "\(layout.timestamps)/\(size)"
        let (note, token) = (try bytes(name + ".checkpoint"), try bytes(name + ".tsr"))
        let text = String(decoding: note, as: UTF8.self)
        guard text.utf8.elementsEqual(note), let checkpoint = Self.stated(text), checkpoint.size == size else {
            throw .malformed(path: name + ".checkpoint")
        }
        do throws(TimestampRequest.Refusal) {
            try TimestampRequest.check(kept: token, for: note)
        } catch {
            throw .malformed(path: name + ".tsr")
        }
        return ((text, checkpoint), token)
    }

    /// What a note says, whoever signed it.
    private static func stated(_ note: String) -> Checkpoint? {
        do throws(NoteError) { return Checkpoint(note: try SignedNote(note).text) } catch { return nil }
    }

    /// The size in the name of a token; nil for every other name.
    private static func size(_ name: String) -> UInt64? {
        guard name.hasSuffix(".tsr"), let size = UInt64(name.dropLast(4)), name == "\(size).tsr" else { return nil }
        return size
    }

    private func bytes(_ path: String) throws(SegmentError) -> [UInt8] {
        let found: [UInt8]?
        do throws(FileError) { found = try files.contents(of: path) } catch { throw .file(error) }
        guard let found else { throw .missing(path: path) }
        return found
    }
}
