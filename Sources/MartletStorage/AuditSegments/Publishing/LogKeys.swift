package import MartletCore
package import MartletTransparency

/// The keys of a log, for the operator who replaces them. Takes no lock: the next start of the gateway uses what lies there.
package struct LogKeys: Sendable {
    private let layout: LogLayout
    private let files: any SegmentFiles

    /// `directory` is that of the log, `keys` where its secret keys are.
    package init(directory: String, keys: String, files: any SegmentFiles = PosixFiles()) {
        layout = LogLayout(directory: directory, keys: keys)
        self.files = files
    }

    /// Makes the key that the next start replaces the present one with; gives both verifier keys.
    ///
    /// Asked again before that start, it gives the same one: witnesses may have been told already.
    package func prepare(
        random: any RandomSource = SystemRandomSource()
    ) throws(SegmentError) -> (old: NoteVerifier, new: NoteVerifier) {
        let present = try LogKey.read(layout.signingKey, files)
        let moved = present == nil ? try LogKey.read(layout.formerKey, files) : present
        guard let key = moved else { throw .missing(path: layout.signingKey) }
        if let next = try LogKey.read(layout.nextKey, files) { return (key.verifier, next.verifier) }
        let next = try LogKey(origin: key.verifier.name, random: random)
        do throws(FileError) { try files.replace(layout.nextKey, with: next.text) } catch { throw .file(error) }
        return (key.verifier, next.verifier)
    }

    /// Removes the old key, which signed beside the new one until now; false when there is none.
    package func retire() throws(SegmentError) -> Bool {
        do throws(FileError) {
            guard try files.exists(layout.oldKey) else { return false }
            try files.remove(layout.oldKey)
            try files.synchronizeDirectory(LogLayout.parent(of: layout.oldKey))
            return true
        } catch {
            throw .file(error)
        }
    }
}
