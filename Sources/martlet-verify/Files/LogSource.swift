/// The files of a log, named by their path from its directory: a directory, or in tests a dictionary.
protocol LogSource: Sendable {
    /// The bytes of a file; nil when there is none. A file of more than `limit` bytes is given with one byte more.
    func read(_ path: String, limit: Int) throws(UnreadableFile) -> [UInt8]?
    /// Every file below `tile`, sorted by its bytes.
    func tiles() throws(UnreadableFile) -> [String]
    /// Every file, sorted by its bytes.
    func paths() throws(UnreadableFile) -> [String]
}

/// A file or directory that is there and cannot be read.
struct UnreadableFile: Error, Hashable {
    let path: String
    /// What the system says about it.
    let reason: String
}
