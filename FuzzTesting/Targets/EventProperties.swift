import MartletMCP

/// Events do not depend on how the stream arrives, are those of the standard, and never hold more than the limit.
enum EventProperties {
    typealias EventReading = Reading<EventModel.Event, FramingError>

    static func check(_ stream: CutStream) throws(Violation) {
        let model = EventModel(stream.bytes, limit: stream.limit)
        let slow = read(stream.singleBytes, limit: stream.limit)
        try require(slow == model.reading, "byte by byte: \(slow), by the standard: \(model.reading)")
        for pieces in [stream.pieces, [stream.bytes]] {
            let fast = read(pieces, limit: stream.limit)
            try require(fast.failure == slow.failure, "in pieces the stream fails otherwise")
            // The events in front of a failure are lost when they came in the same piece: the stream is closed anyhow.
            let isSame = fast.failure == nil ? fast.items == slow.items : slow.items.starts(with: fast.items)
            try require(isSame, "in pieces: \(fast), byte by byte: \(slow)")
        }
        try checkWriting(stream)
    }

    /// What we write, we read, whatever stood before it on the stream.
    private static func checkWriting(_ stream: CutStream) throws(Violation) {
        let message = stream.bytes.filter { $0 != 0x0A && $0 != 0x0D }
        let bytes = ServerSentEvent.keepAlive + ServerSentEvent.encode(message)
        let reading = read([bytes], limit: bytes.count)
        let expected = EventModel.Event(type: Array("message".utf8), data: message, id: nil)
        try require(reading == EventReading(items: [expected]), "our own event reads as \(reading)")
    }

    private static func read(_ pieces: [[UInt8]], limit: Int) -> EventReading {
        var parser = ServerSentEventParser(maximumEventBytes: limit)
        var reading = EventReading()
        for piece in pieces {
            do throws(FramingError) {
                reading.items += try parser.consume(piece).map(EventModel.Event.init)
            } catch {
                // A failed parser stays failed: the first failure counts, and there is nothing after it.
                reading.failure = reading.failure ?? error
            }
        }
        return reading
    }
}
