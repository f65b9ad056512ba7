import Glibc

/// Removes a closed log from disk: out of the row in one step, then file by file.
///
/// What a power cut leaves has another name already, and `finish` removes it. Source: ADR-0036.
package struct ShardRemoval: Sendable {
    private let place: ShardPlace
    private let files: any SegmentFiles
    private static let suffix = ".removed"

    package init(state: String, files: any SegmentFiles = PosixFiles()) {
        place = ShardPlace(state: state)
        self.files = files
    }

    package func remove(_ shard: LogShard) throws(SegmentError) {
        do throws(FileError) {
            try files.rename(shard.directory, to: shard.directory + Self.suffix)
            try files.synchronizeDirectory(place.folder)
        } catch {
            throw .file(error)
        }
        try finish()
    }

    /// Removes what is out of the row, and the indexes of logs that are gone.
    package func finish() throws(SegmentError) {
        do throws(FileError) {
            guard try files.exists(place.folder) else { return }
            let names = try files.list(place.folder)
            for name in names where name.hasSuffix(Self.suffix) { try clear(place.folder + "/" + name) }
            let kept = Set(try place.closedNumbers(files).map(ShardPlace.name))
            for name in names where name.contains(".index.sqlite") && !kept.contains(where: name.hasPrefix) {
                try files.remove(place.folder + "/" + name)
            }
        } catch {
            throw .file(error)
        }
    }

    /// A file, or a directory with everything in it; links are removed, not followed.
    private func clear(_ path: String) throws(FileError) {
        do throws(FileError) {
            try files.remove(path)
        } catch {
            guard error.errno == EISDIR else { throw error }
            for name in try files.list(path) { try clear(path + "/" + name) }
            try files.removeDirectory(path)
        }
    }
}
