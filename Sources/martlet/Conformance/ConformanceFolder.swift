import FoundationEssentials
import Glibc

/// A folder for the files of one run, that only this user can read; removed when the run ends.
///
/// Its lock is held as long as the process lives. A run that was killed cannot clean up: the next one removes every
/// folder of this user whose lock nobody holds.
struct ConformanceFolder {
    private static let parent = "/tmp"
    private static let prefix = "martlet-conformance-"

    let path: String
    /// Open until the end of the process; children do not inherit it.
    private let lock: Int32

    init() throws(StartFailure) {
        Self.removeAbandoned()
        // More than once only when another run takes the new folder for an abandoned one before it is locked.
        for _ in 0..<8 {
            let path = try Self.make()
            let file = path + "/lock"
            let lock = open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
            if lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, Self.isStill(file, lock) {
                (self.path, self.lock) = (path, lock)
                return
            }
            if lock >= 0 { close(lock) }
        }
        throw StartFailure("cannot lock a folder in \(Self.parent)")
    }

    /// Removes the folder with everything in it.
    func remove() {
        Self.remove(path)
        close(lock)
    }

    /// Leaves the folder to its user; without a lock no later run takes it for an abandoned one.
    func keep() {
        unlink(path + "/lock")
        close(lock)
    }

    private static func make() throws(StartFailure) -> String {
        var template = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw StartFailure("cannot make a folder in \(parent): \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // Not `fstat`: beside GRDB it depends on the order of files which of three imports `stat` belongs to.
    private static func isStill(_ file: String, _ descriptor: Int32) -> Bool {
        guard let named = realpath(file, nil) else { return false }
        defer { free(named) }
        do {
            // Of a file that was removed or replaced the kernel says `… (deleted)`. Source: proc(5).
            let opened = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
            return opened == String(cString: named)
        } catch {
            return false
        }
    }

    private static func removeAbandoned() {
        guard let stream = opendir(parent) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { start in
                start.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(prefix) { removeIfAbandoned("\(parent)/\(name)") }
        }
    }

    /// A folder without a lock is left alone: it may be one that is being made.
    private static func removeIfAbandoned(_ path: String) {
        let facts: [FileAttributeKey: Any]
        do { facts = try FileManager.default.attributesOfItem(atPath: path) } catch { return }
        guard facts[.type] as? FileAttributeType == .typeDirectory, facts[.ownerAccountID] as? UInt == UInt(geteuid()),
            let mode = facts[.posixPermissions] as? UInt, mode & 0o077 == 0
        else { return }
        let lock = open(path + "/lock", O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        guard lock >= 0 else { return }
        defer { close(lock) }
        if flock(lock, LOCK_EX | LOCK_NB) == 0 { remove(path) }
    }

    private static func remove(_ path: String) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Terminal.error("cannot remove \(path): \(error)")
        }
    }
}
