import MartletTransparency

/// Where the shards of a state directory lie.
struct ShardPlace: Sendable {
    let state: String

    var currentDirectory: String { state + "/audit" }
    var folder: String { state + "/shards" }

    func current(_ number: Int) -> LogShard { LogShard(number: number, directory: currentDirectory) }
    func closed(_ number: Int) -> LogShard { LogShard(number: number, directory: folder + "/" + Self.name(number)) }

    /// The numbers of the closed ones that are there, in order. Other names are not ours.
    func closedNumbers(_ files: any SegmentFiles) throws(FileError) -> [Int] {
        guard try files.exists(folder) else { return [] }
        return try files.list(folder).compactMap(Self.number).sorted()
    }

    /// The number of the log that grows; nil when it has stated nothing that can be read: whoever opens it says why.
    func currentNumber(_ files: any SegmentFiles) throws(FileError) -> Int? {
        guard try files.exists(currentDirectory),
            let note = try files.contents(of: LogLayout(directory: currentDirectory).checkpoint)
        else { return nil }
        do throws(NoteError) {
            return Checkpoint(note: try SignedNote(String(decoding: note, as: UTF8.self)).text).map(Self.number)
        } catch {
            return nil
        }
    }

    /// As the name of a log tells it: `martlet/ENVIRONMENT` is the first, `martlet/ENVIRONMENT/2` the second.
    static func number(of checkpoint: Checkpoint) -> Int {
        guard let slash = checkpoint.origin.lastIndex(of: "/"),
            case let base = checkpoint.origin[..<slash], base.utf8.contains(UInt8(ascii: "/"))
        else { return 1 }
        return LogShard.number(of: checkpoint.origin, base: String(base)) ?? 1
    }

    static func name(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 4 - text.utf8.count)) + text
    }

    private static func number(_ name: String) -> Int? {
        guard let number = Int(name), number > 0, Self.name(number) == name else { return nil }
        return number
    }
}
