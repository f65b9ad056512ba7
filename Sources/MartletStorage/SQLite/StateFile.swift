// In a module that uses GRDB the compiler may have met `struct stat` in CoreFoundation's headers before Glibc's.
import CoreFoundation
import Glibc

/// Makes and checks the database file before SQLite sees it: SQLite would create it with the process's umask.
enum StateFile {
    /// Creates the file (0600) durably when it is absent; refuses one that others can read or that is a symbolic link.
    ///
    /// The journal and shared-memory files inherit the mode. Source: sqlite.org, os_unix.c, `findCreateFileMode`.
    static func prepare(_ path: String) throws(StateError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(errno: errno) }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw .cannotOpen(errno: errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw .foreignFile }
        guard facts.st_mode & 0o077 == 0 else { throw .readableByOthers(mode: facts.st_mode & 0o777) }
        if facts.st_size == 0 { try makeNameDurable(path) }
    }

    private static func makeNameDurable(_ path: String) throws(StateError) {
        let directory = path.lastIndex(of: "/").map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .cannotOpen(errno: errno) }
    }
}
