import Glibc
import MartletStorage

/// What all files of a log keep to: each case is one rule, run on a real directory and on the simulated disk.
enum SegmentFilesContract: String, CaseIterable, CustomStringConvertible, Sendable {
    case createIsExclusive = "a file that is there is not made again"
    case absence = "what is not there cannot be opened, listed, renamed or removed"
    case needsDirectory = "nothing can be put into a directory that is not there"
    case directoryTwice = "a directory may be made twice"
    case list = "a list has the names in this directory only, sorted"
    case readsToTheEnd = "a read is shorter only at the end of the file"
    case writesBeyondTheEnd = "a write behind the end leaves zeros before it"
    case readOnly = "a file opened for reading is not written"
    case renameReplaces = "a rename replaces the target, and who has the old one open still reads it"
    case removedStaysOpen = "a removed file can be read by who has it open"
    case lockIsExclusive = "a lock is held once, and is free again when it is closed"
    case facts = "size and permissions are those of the file"
    case emptyDirectory = "only an empty directory is removed"
    case synchronized = "what is there can be synchronised, a directory too"

    var description: String { rawValue }

    /// Checks the rule in `directory`, which is there and empty.
    func check(_ files: any SegmentFiles, in directory: String) throws {
        let path = directory + "/a"
        switch self {
        case .createIsExclusive:
            files.close(try files.create(path, permissions: 0o600))
            try expect(EEXIST, .create) { () throws(FileError) in _ = try files.create(path, permissions: 0o600) }
        case .absence: try absence(files, path)
        case .needsDirectory:
            let inside = path + "/b"
            try expect(ENOENT, .create) { () throws(FileError) in _ = try files.create(inside, permissions: 0o600) }
            try expect(ENOENT, .makeDirectory) { () throws(FileError) in try files.makeDirectory(inside) }
            try expect(ENOENT, .lock) { () throws(FileError) in _ = try files.lock(inside) }
        case .directoryTwice:
            try files.makeDirectory(path)
            try files.makeDirectory(path)
            try hold(try files.list(path) == [], "it is empty")
        case .list: try list(files, directory)
        case .readsToTheEnd: try readsToTheEnd(files, path)
        case .writesBeyondTheEnd:
            let file = try files.create(path, permissions: 0o600)
            try files.write([7], to: file, at: 3)
            try files.write([8, 9], to: file, at: 1)
            try hold(try files.read(file, at: 0, count: 9) == [0, 8, 9, 7], "the bytes are where they were put")
        case .readOnly:
            files.close(try files.create(path, permissions: 0o600))
            let file = try files.open(path, forWriting: false)
            try expect(EBADF, .write) { () throws(FileError) in try files.write([1], to: file, at: 0) }
        case .renameReplaces: try renameReplaces(files, directory)
        case .removedStaysOpen:
            let file = try files.create(path, permissions: 0o600)
            try files.write([5], to: file, at: 0)
            try files.remove(path)
            try hold(try files.read(file, at: 0, count: 2) == [5], "its bytes are still read")
            try hold(try files.list(directory) == [], "its name is gone")
        case .lockIsExclusive: try lockIsExclusive(files, path)
        case .facts: try facts(files, path)
        case .emptyDirectory: try emptyDirectory(files, path)
        case .synchronized: try synchronized(files, path)
        }
    }
}

extension SegmentFilesContract {
    private func absence(_ files: any SegmentFiles, _ path: String) throws {
        try expect(ENOENT, .open) { () throws(FileError) in _ = try files.open(path, forWriting: false) }
        try expect(ENOENT, .list) { () throws(FileError) in _ = try files.list(path) }
        try expect(ENOENT, .rename) { () throws(FileError) in try files.rename(path, to: path + "b") }
        try expect(ENOENT, .remove) { () throws(FileError) in try files.remove(path) }
        try expect(ENOENT, .remove) { () throws(FileError) in try files.removeDirectory(path) }
        try expect(ENOENT, .open) { () throws(FileError) in try files.synchronizeDirectory(path) }
    }

    private func list(_ files: any SegmentFiles, _ directory: String) throws {
        try files.makeDirectory(directory + "/b")
        for name in ["c", "a", "b/inside", "ab"] {
            files.close(try files.create(directory + "/" + name, permissions: 0o600))
        }
        try hold(try files.list(directory) == ["a", "ab", "b", "c"], "names: \(try files.list(directory))")
        try hold(try files.list(directory + "/b") == ["inside"], "names below")
    }

    private func readsToTheEnd(_ files: any SegmentFiles, _ path: String) throws {
        let file = try files.create(path, permissions: 0o600)
        try files.write([1, 2, 3, 4], to: file, at: 0)
        try hold(try files.read(file, at: 1, count: 2) == [2, 3], "a part")
        try hold(try files.read(file, at: 2, count: 9) == [3, 4], "the rest")
        try hold(try files.read(file, at: 4, count: 1) == [], "nothing behind the end")
        try hold(try files.read(file, at: 9, count: 1) == [], "nothing far behind the end")
    }

    private func renameReplaces(_ files: any SegmentFiles, _ directory: String) throws {
        let (path, target) = (directory + "/a", directory + "/b")
        let (new, old) = (try files.create(path, permissions: 0o600), try files.create(target, permissions: 0o600))
        try files.write([1], to: new, at: 0)
        try files.write([2], to: old, at: 0)
        try files.rename(path, to: target)
        try hold(try files.list(directory) == ["b"], "one name is left")
        let file = try files.open(target, forWriting: false)
        try hold(try files.read(file, at: 0, count: 2) == [1], "the target has the new bytes")
        try hold(try files.read(old, at: 0, count: 2) == [2], "the open one has the old bytes")
    }

    private func lockIsExclusive(_ files: any SegmentFiles, _ path: String) throws {
        let lock = try files.lock(path)
        try expect(EWOULDBLOCK, .lock) { () throws(FileError) in _ = try files.lock(path) }
        files.close(lock)
        files.close(try files.lock(path))
        try hold(try files.list(parent(of: path)) == ["a"], "the file of the lock stays")
    }

    private func facts(_ files: any SegmentFiles, _ path: String) throws {
        let file = try files.create(path, permissions: 0o640)
        try files.write([1, 2, 3], to: file, at: 4)
        let (size, permissions) = try files.facts(file)
        try hold(size == 7 && permissions == 0o640, "\(size), \(permissions)")
    }

    private func emptyDirectory(_ files: any SegmentFiles, _ path: String) throws {
        try files.makeDirectory(path)
        files.close(try files.create(path + "/b", permissions: 0o600))
        try expect(ENOTEMPTY, .remove) { () throws(FileError) in try files.removeDirectory(path) }
        try files.remove(path + "/b")
        try files.removeDirectory(path)
        try expect(ENOENT, .list) { () throws(FileError) in _ = try files.list(path) }
    }

    private func synchronized(_ files: any SegmentFiles, _ path: String) throws {
        let file = try files.create(path, permissions: 0o600)
        try files.write([1], to: file, at: 0)
        try files.synchronizeData(file)
        try files.synchronize(file)
        try files.synchronizeDirectory(parent(of: path))
        try hold(try files.read(file, at: 0, count: 2) == [1], "the bytes stay")
    }

    private func expect(
        _ code: Int32, _ operation: FileError.Operation, _ body: () throws(FileError) -> Void
    ) throws {
        do throws(FileError) { try body() } catch {
            try hold(error.errno == code && error.operation == operation, "the error is \(error)")
            return
        }
        throw Broken("\(self): there is no error")
    }

    private func hold(_ isTrue: Bool, _ what: String) throws {
        guard isTrue else { throw Broken("\(self): \(what)") }
    }
}
