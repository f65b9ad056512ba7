import MartletJSON
import MartletTransparency

/// The record `key.rotated`, as far as the chain of keys needs it.
enum RotationRecord {
    /// The old and the new verifier key; nil for every other record.
    static func keys(_ leaf: [UInt8]) -> (old: String, new: String)? {
        do throws(JSONError) {
            let record = try JSONValue.parse(leaf)
            guard record.member("type")?.isString("key.rotated") == true, let derived = record.member("derived"),
                let old = derived.member("old_vkey")?.string, let new = derived.member("new_vkey")?.string
            else { return nil }
            return (old, new)
        } catch {
            return nil
        }
    }
}

/// The rotations that lie beside a log.
struct RotationFiles {
    let layout: LogLayout
    let files: any SegmentFiles

    /// The chain from a trusted key on, and how many files there are.
    func chain(from trusted: NoteVerifier) throws(SegmentError) -> (chain: KeyChain, count: Int) {
        var (chain, count) = (KeyChain(trusted), 0)
        guard try isThere(layout.rotations) else { return (chain, 0) }
        while let text = try CheckpointFile(layout: layout, files: files).text(layout.rotation(count)) {
            do throws(KeyChainError) {
                try chain.take(text, keys: RotationRecord.keys)
            } catch {
                throw .rotationRefused(path: layout.rotation(count))
            }
            count += 1
        }
        return (chain, count)
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
