import Glibc
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
        var texts: [String] = []
        while let text = try text(texts.count) { texts.append(text) }
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

    /// nil behind the last one, and when the key was never replaced.
    private func text(_ number: Int) throws(SegmentError) -> String? {
        do throws(FileError) {
            return try files.contents(of: layout.rotation(number)).map { String(decoding: $0, as: UTF8.self) }
        } catch {
            guard error.operation == .list, error.errno == ENOENT else { throw .file(error) }
            return nil
        }
    }
}
