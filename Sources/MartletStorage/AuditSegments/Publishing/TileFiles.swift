import Glibc
import MartletTransparency

/// The tiles of a log on disk, each put in place in one step. `settle` makes their names survive power loss.
struct TileFiles: Sendable {
    /// So many directories are remembered as made; then they are looked for again.
    private static let memory = 256

    private let layout: LogLayout
    private let files: any SegmentFiles
    private var made: Set<String> = []
    /// Directories with names that may not survive power loss yet.
    private var unsettled: Set<String> = []

    init(layout: LogLayout, files: any SegmentFiles) {
        self.layout = layout
        self.files = files
    }

    /// Writes one tile. Its bytes are durable on return, its name is after `settle`.
    mutating func put(_ path: TilePath, _ bytes: [UInt8]) throws(FileError) {
        let target = layout.tile(path)
        let directory = LogLayout.parent(of: target)
        try makeDirectory(directory)
        let temporary = target + ".tmp"
        let file = try create(temporary)
        do throws(FileError) {
            try files.write(bytes, to: file, at: 0)
            try files.synchronize(file)
            files.close(file)
        } catch {
            files.close(file)
            throw error
        }
        try files.rename(temporary, to: target)
        unsettled.insert(directory)
    }

    mutating func settle() throws(FileError) {
        for directory in unsettled.sorted() { try files.synchronizeDirectory(directory) }
        unsettled = []
        if made.count > Self.memory { made = [] }
    }

    /// The bytes of a tile; nil when there is none. `limit` is in bytes.
    func read(_ path: TilePath, limit: Int) throws(FileError) -> [UInt8]? {
        let file: OpenFile
        do throws(FileError) {
            file = try files.open(layout.tile(path), forWriting: false)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return nil
        }
        defer { files.close(file) }
        return try files.read(file, at: 0, count: limit)
    }

    /// How wide the partial tiles are that came before the full one and are still there.
    func partialWidths(of path: TilePath) throws(FileError) -> [Int] {
        try partials(of: path)?.compactMap { Int($0) } ?? []
    }

    /// The names in the directory of the partial tiles; nil when there is none.
    private func partials(of path: TilePath) throws(FileError) -> [String]? {
        do throws(FileError) {
            return try files.list(layout.directory + "/" + path.partialDirectory)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return nil
        }
    }

    /// Removes the partial tiles that came before a full one.
    mutating func removePartials(of path: TilePath) throws(FileError) {
        guard let names = try partials(of: path) else { return }
        let directory = layout.directory + "/" + path.partialDirectory
        for name in names { try files.remove(directory + "/" + name) }
        try files.removeDirectory(directory)
        made.remove(directory)
    }

    /// What an interrupted run left half-written is in the way, and nobody reads it.
    private func create(_ path: String) throws(FileError) -> OpenFile {
        do throws(FileError) {
            return try files.create(path, permissions: 0o600)
        } catch {
            guard error.errno == EEXIST else { throw error }
        }
        try files.remove(path)
        return try files.create(path, permissions: 0o600)
    }

    private mutating func makeDirectory(_ path: String) throws(FileError) {
        guard path != layout.directory, !made.contains(path) else { return }
        let parent = LogLayout.parent(of: path)
        try makeDirectory(parent)
        try files.makeDirectory(path)
        made.insert(path)
        unsettled.insert(parent)
    }
}
