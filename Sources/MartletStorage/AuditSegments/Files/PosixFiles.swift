import FoundationEssentials
import Glibc

/// The file system of the machine.
package struct PosixFiles: SegmentFiles {
    package init() {}

    package func makeDirectory(_ path: String) throws(FileError) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw FileError(.makeDirectory, path, errno: errno)
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        guard let stream = opendir(directory) else { throw FileError(.list, directory, errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { start in
                start.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw FileError(.list, directory, errno: errno) }
        return names.sorted()
    }

    package func create(_ path: String, permissions: UInt32) throws(FileError) -> OpenFile {
        try opened(path, .create, O_RDWR | O_CREAT | O_EXCL, permissions)
    }

    package func open(_ path: String, forWriting: Bool) throws(FileError) -> OpenFile {
        try opened(path, .open, forWriting ? O_RDWR : O_RDONLY, 0)
    }

    package func lock(_ path: String) throws(FileError) -> OpenFile {
        let file = try opened(path, .lock, O_RDWR | O_CREAT, 0o600)
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 else { return file }
        let code = errno
        close(file)
        throw FileError(.lock, path, errno: code)
    }

    /// Every descriptor closes on exec: a child process must not inherit the lock.
    private func opened(
        _ path: String, _ operation: FileError.Operation, _ flags: Int32, _ permissions: UInt32
    ) throws(FileError) -> OpenFile {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, permissions)
        guard descriptor >= 0 else { throw FileError(operation, path, errno: errno) }
        return OpenFile(descriptor: descriptor, path: path)
    }

    package func facts(_ file: OpenFile) throws(FileError) -> (size: Int, permissions: UInt32) {
        // Not `fstat`: in a module that uses GRDB it depends on the order of files which of three imports `stat` belongs to.
        let size = lseek(file.descriptor, 0, SEEK_END)
        guard size >= 0 else { throw FileError(.facts, file.path, errno: errno) }
        let mode: Any?
        do {
            mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
        } catch {
            throw FileError(.facts, file.path, errno: EACCES)
        }
        guard let mode = mode as? UInt else { throw FileError(.facts, file.path, errno: EACCES) }
        return (Int(size), UInt32(mode & 0o7777))
    }

    package func read(_ file: OpenFile, at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let transferred = pread(file.descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
                if transferred == 0 { break }
                if transferred > 0 { filled += transferred; continue }
                if errno == EINTR { continue }
                failure = errno
                break
            }
        }
        guard failure == 0 else { throw FileError(.read, file.path, errno: failure) }
        return bytes
    }

    package func write(_ bytes: [UInt8], to file: OpenFile, at offset: Int) throws(FileError) {
        let failure: Int32 = bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                let transferred = pwrite(file.descriptor, rest.baseAddress, rest.count, off_t(offset + done))
                if transferred > 0 { done += transferred; continue }
                if transferred < 0, errno == EINTR { continue }
                return transferred == 0 ? EIO : errno
            }
            return 0
        }
        guard failure == 0 else { throw FileError(.write, file.path, errno: failure) }
    }

    package func synchronizeData(_ file: OpenFile) throws(FileError) {
        guard fdatasync(file.descriptor) == 0 else { throw FileError(.synchronize, file.path, errno: errno) }
    }

    package func synchronize(_ file: OpenFile) throws(FileError) {
        guard fsync(file.descriptor) == 0 else { throw FileError(.synchronize, file.path, errno: errno) }
    }

    package func synchronizeDirectory(_ path: String) throws(FileError) {
        // A link is followed: the directory above a log is not ours, and nothing is read from it or written to it.
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(.open, path, errno: errno) }
        let directory = OpenFile(descriptor: descriptor, path: path)
        defer { close(directory) }
        try synchronize(directory)
    }

    package func rename(_ path: String, to target: String) throws(FileError) {
        guard Glibc.rename(path, target) == 0 else { throw FileError(.rename, path, errno: errno) }
    }

    package func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 else { throw FileError(.remove, path, errno: errno) }
    }

    package func removeDirectory(_ path: String) throws(FileError) {
        guard rmdir(path) == 0 else { throw FileError(.remove, path, errno: errno) }
    }

    package func close(_ file: OpenFile) {
        _ = Glibc.close(file.descriptor)
    }

    package func forget(_ file: OpenFile) {
        // A hint: a file system that does not take it keeps the pages, and nothing else changes.
        _ = posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }
}
