import MartletMCP

/// The standard read literally, with the whole stream at hand. Source: WHATWG HTML, section 9.2.6.
struct EventModel {
    struct Event: Equatable {
        let type: [UInt8]?
        let data: [UInt8]
        let id: [UInt8]?
    }

    private(set) var reading = EventProperties.EventReading()
    private let limit: Int
    private var type: [UInt8]?
    private var id: [UInt8]?
    private var data: [[UInt8]] = []

    init(_ bytes: [UInt8], limit: Int) {
        self.limit = limit
        let (lines, rest) = Self.lines(bytes)
        for (number, line) in lines.enumerated() {
            guard fits(line) else { return }
            end(number == 0 && line.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(line.dropFirst(3)) : line)
            guard reading.failure == nil else { return }
        }
        _ = fits(rest)
    }

    /// The lines that have an end, and what follows the last of them.
    private static func lines(_ bytes: [UInt8]) -> (ended: [[UInt8]], rest: [UInt8]) {
        var lines: [[UInt8]] = [[]]
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0A, index > 0, bytes[index - 1] == 0x0D { continue }
            if byte == 0x0A || byte == 0x0D { lines.append([]) } else { lines[lines.count - 1].append(byte) }
        }
        return (lines.dropLast(), lines.last ?? [])
    }

    /// The unfinished event and the line that continues it are what a reader has to keep.
    private mutating func fits(_ line: [UInt8]) -> Bool {
        let kept = Array(data.joined(separator: [0x0A])).count + line.count
        if kept > limit { reading.failure = .tooLarge(limit: limit) }
        return kept <= limit
    }

    private mutating func end(_ line: [UInt8]) {
        guard !line.isEmpty else { return dispatch() }
        let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        var value = parts.count == 2 ? Array(parts[1]) : []
        if value.first == 0x20 { value.removeFirst() }
        switch String(decoding: parts[0], as: UTF8.self) {
        case "data": data.append(value)
        case "event": type = text(value)
        case "id": if !value.contains(0) { id = text(value) }
        default: break
        }
    }

    private mutating func dispatch() {
        if !data.isEmpty {
            reading.items.append(Event(type: type, data: Array(data.joined(separator: [0x0A])), id: id))
        }
        (type, data) = (nil, [])
    }

    private mutating func text(_ bytes: [UInt8]) -> [UInt8] {
        // Repairing changes the bytes when, and only when, they are no UTF-8.
        if Array(String(decoding: bytes, as: UTF8.self).utf8) != bytes { reading.failure = .invalidUTF8 }
        return bytes
    }
}

extension EventModel.Event {
    init(_ event: ServerSentEvent) {
        self.init(type: event.type.map { Array($0.utf8) }, data: event.data, id: event.id.map { Array($0.utf8) })
    }
}
