import FoundationEssentials
import Glibc

/// Makes and checks the database file before SQLite sees it: SQLite would create it with the process's umask.
enum StateFile {
    /// Creates the file (0600) durably when it is absent; refuses one that others can read or write, and whatever is
    /// not a regular file.
    ///
    /// The journal and shared-memory files inherit the mode. Source: sqlite.org, os_unix.c, `findCreateFileMode`.
    static func prepare(_ path: String) throws(StateError) {
        let created = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard created < 0 else {
            close(created)
            return try makeNameDurable(path)
        }
        guard errno == EEXIST else { throw .cannotOpen(errno: errno) }
        try check(path)
    }

    // Not `fstat`: in a module that uses GRDB it depends on the order of files which of three imports `stat` belongs to.
    private static func check(_ path: String) throws(StateError) {
        let facts: [FileAttributeKey: Any]
        do {
            facts = try FileManager.default.attributesOfItem(atPath: path)
        } catch {
            throw .cannotOpen(errno: EACCES)
        }
        guard facts[.type] as? FileAttributeType == .typeRegular else { throw .foreignFile }
        guard let mode = facts[.posixPermissions] as? UInt else { throw .foreignFile }
        guard mode & 0o077 == 0 else { throw .readableByOthers(path: path, mode: UInt32(mode & 0o777)) }
    }

    private static func makeNameDurable(_ path: String) throws(StateError) {
        let directory = path.lastIndex(of: "/").map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .cannotOpen(errno: errno) }
    }
}
