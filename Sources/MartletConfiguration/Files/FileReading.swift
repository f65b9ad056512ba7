import Glibc
import MartletCore

/// Reads the small files a configuration names. The only place of this module that touches the disk.
enum FileReading {
    enum Failure: Error, Hashable {
        case missing
        case notAFile
        case tooLarge
        /// Somebody else than its owner may read the file, or it belongs to somebody else.
        case exposed(mode: UInt32)
        case unreadable(errno: Int32)
    }

    /// The bytes of a regular file of at most `maximum` bytes.
    ///
    /// With `isPrivate` the file must belong to this process's user or root, and nobody else may read or write it. The
    /// opened file itself is examined, so that it cannot be exchanged in between.
    static func read(_ path: String, maximum: Int, isPrivate: Bool = false) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable(errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        if isPrivate { try refuseExposed(status) }
        return try readAll(descriptor, maximum: maximum)
    }

    /// Whether something that is no directory stands at `path`.
    static func isBlocked(directory path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
    }

    /// Whether `path` can be started as a program.
    static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 && !isDirectory(path) }

    /// Whether `path` is a directory.
    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a directory, in the order of their bytes, without hidden ones.
    static func names(in path: String) throws(Failure) -> [String] {
        guard let directory = opendir(path) else { throw .unreadable(errno: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else { break }
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        // A list that broke off would leave policies out.
        guard errno == 0 else { throw .unreadable(errno: errno) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func refuseExposed(_ status: stat) throws(Failure) {
        let isOwn = status.st_uid == geteuid() || status.st_uid == 0
        guard isOwn, status.st_mode & 0o077 == 0 else { throw .exposed(mode: status.st_mode & 0o7777) }
    }

    private static func readAll(_ descriptor: Int32, maximum: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .unreadable(errno: errno) }
            guard bytes.count + count <= maximum else { throw .tooLarge }
            bytes += buffer[..<count]
        }
    }
}

extension FileReading.Failure {
    /// What is wrong with the file and how to put it right.
    var text: (problem: String, fix: String) {
        switch self {
        case .missing: ("does not exist", "create it, or correct the path (relative to the configuration file)")
        case .notAFile: ("is no regular file", "name a file")
        case .tooLarge: ("is too large", "name the right file")
        case .exposed(let mode):
            ("is readable by others (mode \(String(mode, radix: 8)))", "chmod 600 and make it your own")
        case .unreadable(let errno): ("cannot be read (errno \(errno))", "give the gateway's user access to it")
        }
    }
}
