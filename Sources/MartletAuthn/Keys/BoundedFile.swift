import Glibc

/// Reads and creates the small files of this module: whole, bounded, never through a symbolic link.
enum BoundedFile {
    enum Failure: Error, Hashable, Sendable {
        case system(errno: Int32)
        case notRegular
        case tooLarge
        /// The mode bits grant others what they must not have.
        case exposed(mode: UInt32)
        case foreignOwner
    }

    /// Reads `path`; `forbidding` are permission bits that must not be set.
    static func read(
        _ path: String, maximumBytes: Int, forbidding: UInt32, ownedByUs: Bool = false
    ) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (ownedByUs ? O_NOFOLLOW : 0))
        guard descriptor >= 0 else { throw .system(errno: errno) }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw .system(errno: errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        guard facts.st_mode & forbidding == 0 else { throw .exposed(mode: facts.st_mode & 0o7777) }
        guard !ownedByUs || facts.st_uid == geteuid() else { throw .foreignOwner }
        return try drain(descriptor, maximumBytes: maximumBytes)
    }

    private static func drain(_ descriptor: Int32, maximumBytes: Int) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { glibcRead(descriptor, $0, from: filled) }
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system(errno: errno) }
            filled += count
        }
        guard filled <= maximumBytes else { throw .tooLarge }
        return Array(bytes[..<filled])
    }

    /// Creates `path` with mode 0600 and these bytes, durable and whole or not at all; fails with `EEXIST` if it exists.
    ///
    /// Written under another name first and then linked, so that a crash leaves no half-written secret behind.
    static func create(_ path: String, bytes: [UInt8], temporaryName: String) throws(Failure) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        let temporary = folder + "." + temporaryName
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system(errno: errno) }
        defer { unlink(temporary) }
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        let isDurable = written == bytes.count && fsync(descriptor) == 0
        let problem = errno
        close(descriptor)
        guard isDurable else { throw .system(errno: problem == 0 ? EIO : problem) }
        guard link(temporary, path) == 0 else { throw .system(errno: errno) }
        try synchronise(folder)
    }

    private static func synchronise(_ folder: String) throws(Failure) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(errno: errno) }
    }
}

private func glibcRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, from start: Int) -> Int {
    read(descriptor, buffer.baseAddress?.advanced(by: start), buffer.count - start)
}
