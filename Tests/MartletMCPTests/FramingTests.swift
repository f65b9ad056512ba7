import MartletMCP
import Testing

@Suite("Event streams")
struct ServerSentEventTests {
    private func events(_ text: String, chunk: Int, limit: Int = 1000) throws -> [ServerSentEvent] {
        var parser = ServerSentEventParser(maximumEventBytes: limit)
        let bytes = Array(text.utf8)
        return try stride(from: 0, to: bytes.count, by: chunk).flatMap { start in
            try parser.consume(Array(bytes[start..<min(start + chunk, bytes.count)]))
        }
    }

    @Test(
        "events are the same however the bytes arrive and the lines end", arguments: [1, 2, 3, 7, 1000],
        ["\n", "\r", "\r\n"])
    func chunks(chunk: Int, end: String) throws {
        let lines = [
            "\u{FEFF}: hello", "event: message", "data: {\"a\":", "data:1}", "id: 7", "", "", "data", "", "event: x",
            "", "retry: 500", "data:  two spaces", "unknown: x", "", "data: never ended",
        ]
        let events = try events(lines.joined(separator: end) + end, chunk: chunk)
        #expect(events.map { String(decoding: $0.data, as: UTF8.self) } == ["{\"a\":\n1}", "", " two spaces"])
        #expect(events.map(\.type) == ["message", nil, nil])
        #expect(events.map(\.id) == ["7", "7", "7"])
    }

    @Test("an event up to the limit is read, one byte more closes the stream for good")
    func limit() throws {
        #expect(try events("data: 1234\n\n", chunk: 3, limit: 10).count == 1)
        #expect(throws: FramingError.tooLarge(limit: 9)) { try events("data: 1234\n\n", chunk: 3, limit: 9) }
        #expect(throws: FramingError.tooLarge(limit: 20)) {
            try events("data: 1234567890\ndata: 1234567\n\n", chunk: 40, limit: 20)
        }
        var parser = ServerSentEventParser(maximumEventBytes: 4)
        #expect(throws: FramingError.tooLarge(limit: 4)) { try parser.consume(Array("data: x".utf8)) }
        #expect(throws: FramingError.tooLarge(limit: 4)) { try parser.consume(Array("\n\n".utf8)) }
    }

    @Test("the limit is for one event: a long stream of short ones passes")
    func longStream() throws {
        #expect(
            try events(String(repeating: ": keep-alive\n\ndata: x\n\n", count: 200), chunk: 11, limit: 20).count == 200)
    }

    @Test("an id that is not UTF-8 closes the stream")
    func utf8() {
        var parser = ServerSentEventParser(maximumEventBytes: 100)
        #expect(throws: FramingError.invalidUTF8) { try parser.consume(Array("id: ".utf8) + [0xFF, 0x0A]) }
    }

    @Test(
        "the wait before a new connection is the last one named, if it is a number",
        arguments: [
            ("retry: 500\n", 500), ("retry: 500\nretry: 20\n", 20), ("retry: 5x\n", nil), ("retry: 500\nretry:\n", 500),
            ("retry: 99999999999\n", nil),
            ("", nil),
        ] as [(String, Int?)])
    func retry(text: String, expected: Int?) throws {
        var parser = ServerSentEventParser(maximumEventBytes: 100)
        _ = try parser.consume(Array(text.utf8))
        #expect(parser.retryMilliseconds == expected)
    }

    @Test("what we write we read")
    func roundTrip() throws {
        let message = Array(#"{"jsonrpc":"2.0"}"#.utf8)
        let bytes = ServerSentEvent.keepAlive + ServerSentEvent.encode(message)
        let events = try events(String(decoding: bytes, as: UTF8.self), chunk: 5)
        #expect(events.map(\.data) == [message])
        #expect(events.map(\.type) == ["message"])
    }
}

@Suite("Lines of a child process")
struct LineFramerTests {
    @Test("lines are the same however the bytes arrive", arguments: [1, 2, 5, 1000])
    func chunks(chunk: Int) throws {
        var framer = LineFramer(maximumLineBytes: 100)
        let bytes = Array("{\"a\":1}\n\n{\"b\":2}\r\n\r\npart".utf8)
        let lines = try stride(from: 0, to: bytes.count, by: chunk).flatMap { start in
            try framer.consume(Array(bytes[start..<min(start + chunk, bytes.count)]))
        }
        #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["{\"a\":1}", "{\"b\":2}"])
        #expect(framer.hasPartialLine)
    }

    @Test("a line up to the limit is read, one byte more closes the stream for good")
    func limit() throws {
        var framer = LineFramer(maximumLineBytes: 4)
        #expect(try framer.consume(Array("1234\n".utf8)) == [Array("1234".utf8)])
        #expect(!framer.hasPartialLine)
        #expect(throws: FramingError.tooLarge(limit: 4)) { try framer.consume(Array("12345".utf8)) }
        #expect(throws: FramingError.tooLarge(limit: 4)) { try framer.consume(Array("\n1\n".utf8)) }
    }
}
