import Glibc

/// The files of a log in a directory.
struct DirectorySource: LogSource {
    /// Deeper than any tile: a level, seven groups of digits, a width.
    private static let deepest = 12
    let directory: String

    func read(_ path: String, limit: Int) throws(UnreadableFile) -> [UInt8]? {
        try Self.contents(directory + "/" + path, limit: limit)
    }

    /// Whether the directory is there: a name mistyped is no log that lost its checkpoint.
    var exists: Bool {
        let descriptor = open(directory, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
        guard descriptor >= 0 else { return errno != ENOENT && errno != ENOTDIR }
        close(descriptor)
        return true
    }

    func tiles() throws(UnreadableFile) -> [String] { try files(below: "tile") }
    func paths() throws(UnreadableFile) -> [String] { try files(below: "") }

    private func files(below path: String) throws(UnreadableFile) -> [String] {
        var found: [String] = []
        try list(path, depth: 0, into: &found)
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The bytes of a regular file; nil when there is none. At most one byte more than `limit` is read.
    static func contents(_ path: String, limit: Int) throws(UnreadableFile) -> [UInt8]? {
        // Not blocking: a pipe in the place of a file must not hold us up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Self.unreadable(path)
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw Self.unreadable(path) }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw UnreadableFile(path: path, reason: "it is no regular file")
        }
        return try read(descriptor, path, wanted: min(limit + 1, Int(facts.st_size)))
    }

    private static func read(_ descriptor: Int32, _ path: String, wanted: Int) throws(UnreadableFile) -> [UInt8] {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
            while filled < wanted {
                let count = Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, wanted - filled)
                if count > 0 { filled += count; continue }
                if count < 0, errno == EINTR { continue }
                failed = count < 0
                break
            }
        }
        guard !failed else { throw unreadable(path) }
        return bytes
    }

    private func list(_ path: String, depth: Int, into found: inout [String]) throws(UnreadableFile) {
        guard let stream = opendir(directory + "/" + path) else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw Self.unreadable(path)
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { start in
                start.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            let inner = path.isEmpty ? name : path + "/" + name
            if entry.pointee.d_type == UInt8(DT_DIR), depth < Self.deepest {
                try list(inner, depth: depth + 1, into: &found)
            } else {
                found.append(inner)
            }
        }
    }

    private static func unreadable(_ path: String) -> UnreadableFile {
        UnreadableFile(path: path, reason: String(cString: strerror(errno)))
    }
}
