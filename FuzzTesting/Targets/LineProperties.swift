import MartletJSON
import MartletMCP

/// Lines do not depend on how they arrive, never hold more than the limit, and an answer is an answer to us.
enum LineProperties {
    typealias LineReading = Reading<[UInt8], FramingError>

    static func check(_ stream: CutStream) throws(Violation) {
        let model = model(stream.bytes, limit: stream.limit)
        let slow = try read(stream.singleBytes, limit: stream.limit)
        try require(slow == model, "byte by byte: \(slow), by hand: \(model)")
        for pieces in [stream.pieces, [stream.bytes]] {
            let fast = try read(pieces, limit: stream.limit)
            try require(fast.failure == slow.failure, "in pieces the stream fails otherwise")
            // The lines in front of a failure are lost when they came in the same piece: the stream is closed anyhow.
            let isSame = fast.failure == nil ? fast.items == slow.items : slow.items.starts(with: fast.items)
            try require(isSame, "in pieces: \(fast), byte by byte: \(slow)")
        }
        for line in slow.items { try ReplyProperties.check(line) }
        // The framing's limit hides long messages; they are looked at whole, as the body of an answer over HTTP is.
        try ReplyProperties.check(stream.bytes)
    }

    private static func read(_ pieces: [[UInt8]], limit: Int) throws(Violation) -> LineReading {
        var framer = LineFramer(maximumLineBytes: limit)
        var reading = LineReading()
        for piece in pieces {
            do throws(FramingError) {
                reading.items += try framer.consume(piece)
            } catch {
                reading.failure = reading.failure ?? error
            }
        }
        let isOpen = reading.failure == nil && (pieces.joined().suffix(1).first ?? 0x0A) != 0x0A
        try require(framer.hasPartialLine == isOpen, "an unfinished line is not noticed")
        return reading
    }

    private static func model(_ bytes: [UInt8], limit: Int) -> LineReading {
        var reading = LineReading()
        let parts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (number, part) in parts.enumerated() {
            if part.count > limit {
                reading.failure = .tooLarge(limit: limit)
                return reading
            }
            let line = part.last == 0x0D ? part.dropLast() : part
            if number < parts.count - 1, !line.isEmpty { reading.items.append(Array(line)) }
        }
        return reading
    }
}

/// What is taken for the answer to request 7 is one: JSON-RPC 2.0, our id, and either a result or an error.
enum ReplyProperties {
    static func check(_ line: [UInt8]) throws(Violation) {
        let document = document(line)
        let (id, error) = (document?.member("id"), document?.member("error"))
        switch UpstreamReply.parse(line, expecting: 7) {
        case .result(let result):
            try checkEnvelope(document)
            try require(id?.numberText == "7" && error == nil, "a result that is not ours")
            try require(same(result, document?.member("result")), "not the result that was sent")
        case .error(let code, let message, _):
            try checkEnvelope(document)
            try require(id == nil || id?.isNull == true || id?.numberText == "7", "an error that is not ours")
            try require(document?.member("result") == nil, "an error beside a result")
            try require(error?.member("code")?.numberText == "\(code)" || code == 0, "not the code that was sent")
            try require(error?.member("message")?.string == message, "not the message that was sent")
        case .notification(let method, _):
            try require(id == nil && document?.member("method")?.string == method, "no notification")
        case .request(let id, let method, _):
            try require(document?.member("id").flatMap(RequestID.init) == id, "not the id that was sent")
            try require(document?.member("method")?.string == method, "not the method that was sent")
        case .garbage(let reason):
            try require((reason == .notJSON) == (document == nil), "garbage for the wrong reason: \(reason)")
        }
    }

    private static func checkEnvelope(_ document: JSONValue?) throws(Violation) {
        try require(document?.member("jsonrpc")?.string == "2.0", "not JSON-RPC 2.0")
        try require(document?.member("method") == nil, "an answer that is a question as well")
    }

    private static func document(_ line: [UInt8]) -> JSONValue? {
        do throws(JSONError) {
            return try JSONValue.parse(line, limits: .response)
        } catch {
            return nil
        }
    }

    private static func same(_ one: JSONValue, _ other: JSONValue?) -> Bool {
        other.map { JSONTree(one) == JSONTree($0) } ?? false
    }
}
