import Glibc
import MartletStorage

/// The files of a log in memory, for reading.
struct MemoryFiles: SegmentFiles {
    private let names: [String]
    private let contents: [[UInt8]]

    init(_ files: [String: [UInt8]]) {
        let sorted = files.sorted { $0.key < $1.key }
        (names, contents) = (sorted.map(\.key), sorted.map(\.value))
    }

    func list(_ directory: String) throws(FileError) -> [String] {
        let start = directory + "/"
        let inside = names.filter { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
        guard !inside.isEmpty else { throw FileError(.list, directory, errno: ENOENT) }
        return inside.filter { !$0.contains("/") }
    }

    func open(_ path: String, forWriting: Bool) throws(FileError) -> OpenFile {
        guard !forWriting, let place = names.firstIndex(of: path) else { throw FileError(.open, path, errno: ENOENT) }
        return OpenFile(descriptor: Int32(place), path: path)
    }

    func facts(_ file: OpenFile) throws(FileError) -> (size: Int, permissions: UInt32) {
        (contents[Int(file.descriptor)].count, 0o600)
    }

    func read(_ file: OpenFile, at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        Array(contents[Int(file.descriptor)].dropFirst(offset).prefix(count))
    }

    func close(_ file: OpenFile) {}

    func makeDirectory(_ path: String) throws(FileError) { throw FileError(.makeDirectory, path, errno: EROFS) }
    func create(_ path: String, permissions: UInt32) throws(FileError) -> OpenFile {
        throw FileError(.create, path, errno: EROFS)
    }
    func lock(_ path: String) throws(FileError) -> OpenFile { throw FileError(.lock, path, errno: EROFS) }
    func write(_ bytes: [UInt8], to file: OpenFile, at offset: Int) throws(FileError) {
        throw FileError(.write, file.path, errno: EROFS)
    }
    func synchronizeData(_ file: OpenFile) throws(FileError) { throw FileError(.synchronize, file.path, errno: EROFS) }
    func synchronize(_ file: OpenFile) throws(FileError) { throw FileError(.synchronize, file.path, errno: EROFS) }
    func synchronizeDirectory(_ path: String) throws(FileError) {
        throw FileError(.synchronize, path, errno: EROFS)
    }
    func rename(_ path: String, to target: String) throws(FileError) { throw FileError(.rename, path, errno: EROFS) }
    func remove(_ path: String) throws(FileError) { throw FileError(.remove, path, errno: EROFS) }
    func removeDirectory(_ path: String) throws(FileError) { throw FileError(.remove, path, errno: EROFS) }
}
