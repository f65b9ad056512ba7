import MartletRecords
import MartletTransparency

/// The rotations that lie beside a log.
struct RotationFiles {
    let layout: LogLayout
    let files: any SegmentFiles

    /// The chain from a trusted key on, and how many files there are.
    func chain(from trusted: NoteVerifier) throws(SegmentError) -> (chain: KeyChain, count: Int) {
        let texts = try texts()
        var chain = KeyChain(trusted)
        for (number, text) in texts.enumerated() {
            do throws(KeyChainError) {
                try chain.take(text, keys: RotationRecord.keys)
            } catch {
                throw .rotationRefused(path: layout.rotation(number))
            }
        }
        return (chain, texts.count)
    }

    /// The proofs as they lie there, in order.
    func texts() throws(SegmentError) -> [String] {
        guard try isThere(layout.rotations) else { return [] }
        var texts: [String] = []
        while let text = try CheckpointFile(layout: layout, files: files).text(layout.rotation(texts.count)) {
            texts.append(text)
        }
        return texts
    }

    func put(_ text: String, at number: Int) throws(SegmentError) {
        do throws(FileError) {
            try files.makeDirectory(layout.rotations)
            try files.synchronizeDirectory(layout.directory)
            try files.replace(layout.rotation(number), with: Array(text.utf8))
        } catch {
            throw .file(error)
        }
    }

    private func isThere(_ path: String) throws(SegmentError) -> Bool {
        do throws(FileError) { return try files.exists(path) } catch { throw .file(error) }
    }
}
