import MartletJSON
import MartletMCP
import NIOCore
import NIOHTTP1

/// How large an answer may be.
struct AnswerLimits: Sendable {
    /// Body of one answer, all events of a stream together.
    var bodyBytes: Int
    /// All fields of the head together.
    var headerBytes: Int
}

/// Reads one HTTP answer part by part and says when it is complete. A synchronous value: no socket, no clock.
///
/// Source: MCP 2026-07-28, Transports, "Streamable HTTP"; an answer is one JSON message or an event stream.
struct AnswerReader {
    enum Step {
        case more
        /// Complete, maybe before the end of the stream.
        case complete(HTTPAnswer)
        /// The rest is not worth reading: the connection is to be closed.
        case failed(UpstreamFailure)
    }

    private enum Format { case json, events(ServerSentEventParser), document, ignored }

    private let expectation: HTTPRequest.Expectation
    private let limits: AnswerLimits
    private var status = 0
    private var sessionID: String?
    private var format = Format.ignored
    private var body: [UInt8] = []
    private var received = 0
    private var questions = 0
    private var lastEventID: String?
    /// Every question costs a request of ours.
    private static let maximumQuestions = 32

    init(_ expectation: HTTPRequest.Expectation, limits: AnswerLimits) {
        self.expectation = expectation
        self.limits = limits
    }

    /// A standing stream has a bound for each event, none for all of them.
    private var isStanding: Bool {
        if case .changes = expectation { true } else { false }
    }

    // MARK: - Head

    mutating func receive(_ head: HTTPResponseHead) -> Step {
        status = Int(head.status.code)
        guard !(300..<400).contains(status) else { return .failed(.garbage("redirect refused (status \(status))")) }
        guard status != 401, status != 403 else { return .failed(.unauthorized(status: status)) }
        let fields = AnswerFields(head.headers)
        guard !fields.isEncoded else { return .failed(.garbage("encoded body")) }
        if let length = fields.length {
            guard length <= limits.bodyBytes else { return .failed(.tooLarge) }
            // A length that is only claimed costs address space, not memory.
            body.reserveCapacity(min(length, 4 << 20))
        }
        sessionID = fields.sessionID
        format = format(of: fields)
        if case .acknowledgement = expectation { return complete(.empty) }
        return .more
    }

    private func format(of fields: AnswerFields) -> Format {
        switch expectation {
        case .acknowledgement: return .ignored
        case .document: return .document
        case .changes(let stream):
            guard fields.isEventStream, status == 200 else { return .ignored }
            stream.began()
            return .events(ServerSentEventParser(maximumEventBytes: limits.bodyBytes))
        case .reply:
            if fields.isJSON { return .json }
            guard fields.isEventStream, status == 200 else { return .ignored }
            return .events(ServerSentEventParser(maximumEventBytes: limits.bodyBytes))
        }
    }

    // MARK: - Body

    mutating func receive(_ bytes: ByteBuffer) -> Step {
        if !isStanding { received += bytes.readableBytes }
        guard received <= limits.bodyBytes else { return .failed(.tooLarge) }
        switch format {
        case .ignored: return .more
        case .json, .document:
            bytes.withUnsafeReadableBytes { body.append(contentsOf: $0) }
            return .more
        case .events(var parser):
            format = .ignored  // The parser's buffers must have one owner while they grow.
            let step = read(Array(bytes.readableBytesView), with: &parser)
            format = .events(parser)
            return step
        }
    }

    private mutating func read(_ bytes: [UInt8], with parser: inout ServerSentEventParser) -> Step {
        do {
            for event in try parser.consume(bytes) {
                lastEventID = event.id
                let step = read(event.data)
                if case .more = step { continue }
                return step
            }
            return .more
        } catch {
            switch error {
            case .tooLarge: return .failed(.tooLarge)
            case .invalidUTF8: return .failed(.garbage("event stream is not UTF-8"))
            }
        }
    }

    /// One message of an event stream. Priming events have no data; everything else must be a message.
    private mutating func read(_ message: [UInt8]) -> Step {
        guard !message.isEmpty else { return .more }
        if case .changes(let stream) = expectation {
            return stream.receive(message) ? .more : .failed(.brokenOff)
        }
        guard case .reply(let id, let hearing) = expectation else { return .more }
        switch hearing.parse(message, expecting: id) {
        case .result(let result): return complete(.answer(.result(result)), bytes: message.count)
        case .error(let code, let text, let data):
            return complete(.answer(.error(code: code, message: text, data: data)), bytes: message.count)
        case .notification(let method, let params):
            // Whatever does not belong to this call is dropped here. Source: docs/adr/0010-streams.md.
            if let relay = hearing.relay, let notice = UpstreamNotice(method: method, params: params, ofCall: id) {
                if relay.wants(notice) { relay.side.hear(notice) }
            } else if let changed = hearing.changed, let change = Change(method: method, params: params) {
                changed(change)
            }
            return .more
        case .request(let id, let method, let params):
            questions += 1
            guard questions <= Self.maximumQuestions else { return .failed(.garbage("too many questions")) }
            _ = hearing.question?(id, method, params)
            return .more
        case .garbage(let reason): return .failed(.garbage(reason.rawValue))
        }
    }

    // MARK: - End

    /// Where to go on when the stream has ended before its answer; nil when it cannot be taken up again.
    var resumption: HTTPAnswer? {
        if case .events(let parser) = format, isStanding {
            let pause = parser.retryMilliseconds.map { TimeAmount.milliseconds(Int64($0)) }
            let content = HTTPAnswer.Content.streamEnded(lastEventID: lastEventID, pause: pause)
            return HTTPAnswer(status: status, sessionID: sessionID, content: content, bytes: 0)
        }
        guard case .events(let parser) = format, case .reply(_, let hearing) = expectation, hearing.isResumable,
            let point = ResumptionPoint(lastEventID, retry: parser.retryMilliseconds)
        else { return nil }
        return HTTPAnswer(status: status, sessionID: sessionID, content: .interrupted(point), bytes: received)
    }

    mutating func receiveEnd() -> Step {
        switch format {
        case .events: return .failed(.brokenOff)
        case .document: return complete(.document(body), bytes: body.count)
        case .ignored: return complete(received == 0 ? .empty : .unreadable("no JSON and no event stream"))
        case .json: return complete(readWhole(), bytes: body.count)
        }
    }

    /// The body as the one message it must be.
    private func readWhole() -> HTTPAnswer.Content {
        guard case .reply(let id, let hearing) = expectation else { return .empty }
        switch hearing.parse(body, expecting: id) {
        case .result(let result): return .answer(.result(result))
        case .error(let code, let message, let data): return .answer(.error(code: code, message: message, data: data))
        case .notification, .request: return .unreadable("another message than the answer")
        case .garbage(let reason): return .unreadable(reason.rawValue)
        }
    }

    private func complete(_ content: HTTPAnswer.Content, bytes: Int = 0) -> Step {
        .complete(HTTPAnswer(status: status, sessionID: sessionID, content: content, bytes: bytes))
    }
}

extension Hearing {
    fileprivate func parse(_ message: [UInt8], expecting id: Int64) -> UpstreamReply {
        memory?.read(message, expecting: id) ?? UpstreamReply.parse(message, expecting: id)
    }
}
