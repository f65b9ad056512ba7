import Glibc

/// Small files in one piece.
enum WholeFile {
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Whether there is something of this name, whatever it is.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Takes a file away that can be made again; one that is not there is no matter.
    static func remove(_ path: String) { unlink(path) }

    /// Replaces the file as a whole, mode 0600.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) -> Bool {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { return false }
        let isSafe = writeAll(bytes, descriptor) && fsync(descriptor) == 0
        close(descriptor)
        return isSafe && rename(temporary, path) == 0
    }

    /// Makes a file that is not there yet, mode 0600; false also when there is one, whoever made it.
    static func create(_ bytes: [UInt8], at path: String) -> Bool {
        let temporary = path + ".\(getpid()).new"
        // Somebody else's file of this name, or a link to one, is not written through.
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        let isSafe = writeAll(bytes, descriptor) && fsync(descriptor) == 0
        close(descriptor)
        defer { unlink(temporary) }
        return isSafe && link(temporary, path) == 0
    }

    /// One call of the system writes 2 GiB at most.
    private static func writeAll(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
