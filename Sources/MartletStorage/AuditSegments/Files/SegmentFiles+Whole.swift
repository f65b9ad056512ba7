/// Whole files, put in place in one step.
extension SegmentFiles {
    /// When it returns, `path` holds exactly `bytes` and survives power loss; on an error the old file is untouched.
    ///
    /// `settlesName: false` leaves it to the file system when the new name is durable; until then the old file counts.
    func replace(
        _ path: String, with bytes: [UInt8], permissions: UInt32 = 0o600, settlesName: Bool = true
    ) throws(FileError) {
        let temporary = path + ".tmp"
        try removeIfPresent(temporary)
        let file = try create(temporary, permissions: permissions)
        do throws(FileError) {
            try write(bytes, to: file, at: 0)
            try synchronize(file)
            close(file)
        } catch {
            close(file)
            throw error
        }
        try rename(temporary, to: path)
        if settlesName { try synchronizeDirectory(LogLayout.parent(of: path)) }
    }

    /// The content of a file; nil when there is none. At most 1 MiB is read.
    func contents(of path: String) throws(FileError) -> [UInt8]? {
        guard try exists(path) else { return nil }
        let file = try open(path, forWriting: false)
        defer { close(file) }
        return try read(file, at: 0, count: 1 << 20)
    }

    func exists(_ path: String) throws(FileError) -> Bool {
        try list(LogLayout.parent(of: path)).contains(LogLayout.name(of: path))
    }

    func removeIfPresent(_ path: String) throws(FileError) {
        if try exists(path) { try remove(path) }
    }
}
