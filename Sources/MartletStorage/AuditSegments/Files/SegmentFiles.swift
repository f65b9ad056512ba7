import Glibc

/// The file calls the audit log is made of.
///
/// Seam: `PosixFiles`, and in tests a disk that loses power or fails on demand.
///
/// Paths are absolute or relative to the working directory. No call retries after an error, but `read` and `write`
/// go on after an interruption and after a part was transferred.
package protocol SegmentFiles: Sendable {
    /// Succeeds when the directory is there already. Permissions 0700.
    func makeDirectory(_ path: String) throws(FileError)
    /// The names in a directory, sorted by their bytes.
    func list(_ directory: String) throws(FileError) -> [String]
    /// Makes a file that must not exist yet, for reading and writing.
    func create(_ path: String, permissions: UInt32) throws(FileError) -> OpenFile
    func open(_ path: String, forWriting: Bool) throws(FileError) -> OpenFile
    /// Takes the lock of a lock file, which is made when missing. `EWOULDBLOCK` when another opener holds it.
    func lock(_ path: String) throws(FileError) -> OpenFile
    /// Size in bytes and permission bits.
    func facts(_ file: OpenFile) throws(FileError) -> (size: Int, permissions: UInt32)
    /// Fewer than `count` bytes only at the end of the file.
    func read(_ file: OpenFile, at offset: Int, count: Int) throws(FileError) -> [UInt8]
    func write(_ bytes: [UInt8], to file: OpenFile, at offset: Int) throws(FileError)
    /// `fdatasync`: when it returns, all written bytes survive power loss. An error says that some may not, for ever.
    func synchronizeData(_ file: OpenFile) throws(FileError)
    /// `fsync`: data and the facts about the file.
    func synchronize(_ file: OpenFile) throws(FileError)
    /// Makes the names in a directory survive power loss.
    func synchronizeDirectory(_ path: String) throws(FileError)
    /// Replaces `target` in one step.
    func rename(_ path: String, to target: String) throws(FileError)
    func remove(_ path: String) throws(FileError)
    /// Removes a directory that is empty.
    func removeDirectory(_ path: String) throws(FileError)
    func close(_ file: OpenFile)
    /// Says that a durable file will not be read soon: its memory may serve another one.
    func forget(_ file: OpenFile)
}

extension SegmentFiles {
    package func forget(_ file: OpenFile) {}
}

/// A file opened through `SegmentFiles`.
package struct OpenFile: Hashable, Sendable {
    package let descriptor: Int32
    package let path: String
    package init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }
}

/// A file call that failed.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Operation: String, Sendable {
        case makeDirectory, list, create, open, lock, facts, read, write, synchronize, rename, remove, thread
    }
    package let operation: Operation
    package let path: String
    /// The POSIX `errno`.
    package let errno: Int32

    package init(_ operation: Operation, _ path: String, errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    package var description: String {
        "\(operation.rawValue) \(path): \(String(cString: strerror(errno))) (errno \(errno))"
    }
}
