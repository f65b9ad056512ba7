import MartletTransparency

/// Where the files of one audit log are.
struct LogLayout: Sendable {
    let directory: String
    /// Where its secret keys are; beside it when nobody says otherwise.
    let keys: String

    init(directory: String, keys: String? = nil) {
        self.directory = directory
        self.keys = keys ?? directory
    }

    var lock: String { directory + "/lock" }
    /// The last signed statement about the log.
    var checkpoint: String { directory + "/checkpoint" }
    /// The newest statement that enough witnesses signed too.
    var witnessedCheckpoint: String { directory + "/checkpoint.witnessed" }
    /// What timestamp authorities signed.
    var timestamps: String { directory + "/timestamps" }
    /// The private key of the checkpoints, 0600.
    var signingKey: String { keys + "/checkpoint.key" }
    /// Where releases before kept it.
    var formerKey: String { directory + "/checkpoint.key" }
    /// What the next start replaces it with.
    var nextKey: String { keys + "/checkpoint.key.next" }
    /// What it replaced, which signs beside it.
    var oldKey: String { keys + "/checkpoint.key.old" }
    /// That of the log that follows this one, from before the record that names it.
    var shardKey: String { keys + "/checkpoint.key.shard" }
    var rotations: String { directory + "/rotations" }
    func rotation(_ number: Int) -> String { directory + "/" + KeyRotation.path(number) }
    /// The public half, for whoever verifies.
    var verifierKey: String { directory + "/checkpoint.vkey" }
    /// Says where the head of the log is kept.
    var headPath: String { directory + "/head.path" }
    var segments: String { directory + "/segments" }
    var quarantine: String { directory + "/quarantine" }

    /// A tile, where C2SP has it below the address of a log.
    func tile(_ path: TilePath) -> String { directory + "/" + path.text }
    func segment(_ number: UInt32) -> String { segments + "/" + Self.segmentName(number) }
    func spare(_ number: UInt32) -> String { segments + "/spare-" + Self.padded(number) }
    func tail(_ name: String, offset: Int) -> String { quarantine + "/\(name)-\(offset).tail" }

    static func segmentName(_ number: UInt32) -> String { padded(number) + ".seg" }
    static func isSpare(_ name: String) -> Bool { name.hasPrefix("spare-") && !name.hasSuffix(".tmp") }

    /// The number of a segment file, nil for every other name.
    static func number(ofSegment name: String) -> UInt32? {
        guard name.hasSuffix(".seg"), let number = UInt32(name.dropLast(4)), segmentName(number) == name else {
            return nil
        }
        return number
    }

    static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    private static func padded(_ number: UInt32) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 8 - text.utf8.count)) + text
    }
}
