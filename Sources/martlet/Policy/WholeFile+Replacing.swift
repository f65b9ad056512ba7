import Glibc

extension WholeFile {
    /// Replaces the content of a file that is there as a whole; a link to it stays one, and its mode is kept.
    static func replace(_ path: String, with bytes: [UInt8]) -> Bool {
        guard let real = realpath(path, nil) else { return false }
        defer { free(real) }
        let target = String(cString: real)
        var facts = stat()
        guard stat(target, &facts) == 0 else { return false }
        return write(bytes, to: target) && chmod(target, facts.st_mode & 0o7777) == 0
    }
}
