/// Cuts a byte stream into lines; a line beyond 4 MiB is dropped and shows up as one empty-handed, unreadable line.
struct ERPLines {
    private static let maximum = 4 << 20
    private var pending: [UInt8] = []
    private var isTooLong = false

    /// The lines that `bytes` completes, without their newline. Blank lines are left out.
    mutating func feed(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            keep(rest[..<end])
            // A dropped line still gets its answer: no JSON is ever a single brace.
            if isTooLong { lines.append([UInt8(ascii: "{")]) } else if !pending.isEmpty { lines.append(pending) }
            pending = []
            isTooLong = false
            rest = rest[(end + 1)...]
        }
        keep(rest)
        return lines
    }

    private mutating func keep(_ part: ArraySlice<UInt8>) {
        guard !isTooLong else { return }
        guard pending.count + part.count <= Self.maximum else {
            isTooLong = true
            pending = []
            return
        }
        pending += part
    }
}
