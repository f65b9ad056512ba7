/// One event of an event stream. Source: WHATWG HTML, section 9.2, "Server-sent events".
package struct ServerSentEvent: Hashable, Sendable {
    /// Nil means `message`.
    package let type: String?
    /// The data lines, joined by line feeds.
    package let data: [UInt8]
    package let id: String?

    /// The bytes of one event that carries `message`, which must be one JSON text without line breaks.
    package static func encode(_ message: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(message.count + 24)
        bytes.append(contentsOf: head)
        bytes.append(contentsOf: message)
        bytes.append(contentsOf: "\n\n".utf8)
        return bytes
    }

    /// What precedes the message in its event.
    package static let head: [UInt8] = Array("event: message\ndata: ".utf8)

    /// A comment line: keeps an idle stream open through proxies.
    package static let keepAlive: [UInt8] = Array(": keep-alive\n\n".utf8)
}

/// Why a stream of messages cannot be read on; the stream is then to be closed.
package enum FramingError: Error, Hashable, Sendable {
    /// A line or an event grew beyond the limit, in bytes.
    case tooLarge(limit: Int)
    /// A text field is not UTF-8.
    case invalidUTF8
}

/// Splits an event stream into events, however the bytes arrive.
///
/// Lines end with CR, LF or CRLF, also when the two arrive apart. After an error the parser gives nothing more.
/// An event the stream ends in the middle of is dropped, as the standard says.
package struct ServerSentEventParser: Sendable {
    private let maximumEventBytes: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var type: String?
    private var id: String?
    /// The last `retry` field, in milliseconds: how long the server wants us to wait before we connect again.
    package private(set) var retryMilliseconds: Int?
    private var skipsLineFeed = false
    private var isFirstLine = true
    private var failure: FramingError?

    package init(maximumEventBytes: Int) { self.maximumEventBytes = maximumEventBytes }

    /// Takes the next bytes and returns the events they complete.
    package mutating func consume(_ bytes: [UInt8]) throws(FramingError) -> [ServerSentEvent] {
        if let failure { throw failure }
        do throws(FramingError) {
            return try events(in: bytes)
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func events(in bytes: [UInt8]) throws(FramingError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            // The line feed of a CRLF may come with the next bytes.
            if skipsLineFeed, rest.first == 0x0A { rest = rest.dropFirst() }
            skipsLineFeed = false
            guard let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) else {
                try extendLine(rest)
                break
            }
            try extendLine(rest[..<end])
            skipsLineFeed = rest[end] == 0x0D
            rest = rest[end...].dropFirst()
            if let event = try endLine() { events.append(event) }
        }
        return events
    }

    private mutating func extendLine(_ bytes: ArraySlice<UInt8>) throws(FramingError) {
        guard line.count + data.count + bytes.count <= maximumEventBytes else {
            throw .tooLarge(limit: maximumEventBytes)
        }
        line.append(contentsOf: bytes)
    }

    private mutating func endLine() throws(FramingError) -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        if line.isEmpty { return endEvent() }
        guard line.first != UInt8(ascii: ":") else { return nil }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == 0x20 { value = value.dropFirst() }
        try setField(line[..<colon], value)
        return nil
    }

    private mutating func setField(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(FramingError) {
        if name.elementsEqual("data".utf8) {
            if hasData { data.append(0x0A) }
            data.append(contentsOf: value)
            hasData = true
        } else if name.elementsEqual("event".utf8) {
            type = try text(value)
        } else if name.elementsEqual("id".utf8), !value.contains(0) {
            id = try text(value)
        } else if name.elementsEqual("retry".utf8), (1...9).contains(value.count),
            value.allSatisfy({ (0x30...0x39).contains($0) })
        {
            retryMilliseconds = Int(try text(value))
        }
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(FramingError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidUTF8 }
        return text
    }

    private mutating func endEvent() -> ServerSentEvent? {
        defer {
            data = []
            hasData = false
            type = nil
        }
        return hasData ? ServerSentEvent(type: type, data: data, id: id) : nil
    }
}
