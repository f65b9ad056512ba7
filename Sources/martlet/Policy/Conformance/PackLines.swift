import Glibc

/// Cuts a stream of bytes into lines.
struct PackLines {
    /// A line may be this long, in bytes: what the JSON parser takes.
    private static let limit = 64 << 20

    private static let blanks = [UInt8](" \t\r".utf8)

    private var line: [UInt8] = []
    private var isTooLong = false
    private var number = 0
    /// Gets every line that is not empty, with its number from 1; nil for one that is too long.
    private let take: (_ number: Int, _ line: [UInt8]?) -> Void

    init(_ take: @escaping (_ number: Int, _ line: [UInt8]?) -> Void) { self.take = take }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            append(rest[..<end])
            finish()
            rest = rest[(end + 1)...]
        }
        append(rest)
    }

    /// Hands out what is left; after the last byte.
    mutating func finish() {
        number += 1
        if isTooLong {
            take(number, nil)
        } else if !line.allSatisfy(Self.blanks.contains) {
            take(number, line)
        }
        line.removeAll(keepingCapacity: true)
        isTooLong = false
    }

    private mutating func append(_ part: ArraySlice<UInt8>) {
        guard !isTooLong, line.count + part.count <= Self.limit else {
            isTooLong = true
            return line.removeAll()
        }
        line += part
    }

    /// Reads a file, plain or packed by gzip. What comes back says why it was not read to its end.
    static func read(_ path: String, _ take: @escaping (_ number: Int, _ line: [UInt8]?) -> Void) -> String? {
        guard var input = ByteInput(path) else { return String(cString: strerror(errno)) }
        var lines = PackLines(take)
        guard input.isAt(Gunzip.magic) else {
            while case let piece = input.take(), !piece.isEmpty { lines.add(piece) }
            lines.finish()
            return input.failure == 0 ? nil : String(cString: strerror(input.failure))
        }
        var packed = Gunzip(input)
        do throws(GzipError) {
            while let piece = try packed.next() { lines.add(piece) }
        } catch {
            return packed.failure == 0 ? error.description : String(cString: strerror(packed.failure))
        }
        lines.finish()
        return nil
    }
}
