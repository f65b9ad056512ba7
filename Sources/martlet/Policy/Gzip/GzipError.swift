/// Why a file is not unpacked.
enum GzipError: Error, CustomStringConvertible {
    /// The bytes end before the data do.
    case truncated
    /// The bytes are none that gzip writes; the phrase says where.
    case damaged(String)
    /// The checksum or the length at the end is that of other data.
    case checksum

    var description: String {
        switch self {
        case .truncated: "the gzip data end too early"
        case .damaged(let place): "the gzip data are damaged: \(place)"
        case .checksum: "the gzip data are damaged: the checksum is another"
        }
    }
}
