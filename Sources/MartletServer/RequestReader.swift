import MartletAudit
import MartletGateway
import NIOCore
import NIOHTTP1

/// Puts the parts of one HTTP request together, within bounds. A pure state machine: it returns what to do.
struct RequestReader {
    enum Action {
        case wait
        /// `streams`: the client understands an answer whose length is not known before.
        case answer(InboundRequest, keepAlive: Bool, streams: Bool)
        case refuse(Refusal)
    }

    /// Framing that is not accepted; each is answered and then the connection is closed.
    enum Refusal: String, Hashable, CaseIterable {
        case bodyTooLarge = "body_too_large"
        case headersTooLarge = "headers_too_large"
        case malformed = "malformed_http"
        case timeout = "request_timeout"
        /// HEAD, CONNECT, TRACE or an upgrade: nothing here speaks anything but plain requests with a body each way.
        case notServed = "http_form_not_served"

        var status: Int {
            switch self {
            case .bodyTooLarge: 413
            case .headersTooLarge: 431
            case .malformed: 400
            case .timeout: 408
            case .notServed: 405
            }
        }
    }

    private enum State {
        case idle
        case reading(Head, ByteBuffer?)
        case refused
    }

    /// What is kept of a head: its fields were gone through once.
    private final class Head {
        let head: HTTPRequestHead
        let headers: [(name: String, value: String)]

        init(_ head: HTTPRequestHead, _ headers: [(name: String, value: String)]) {
            self.head = head
            self.headers = headers
        }
    }

    private var state = State.idle
    private let source: String
    private let peer: LocalPeer?
    private let maximumBodyBytes: Int
    private let maximumHeaderBytes: Int

    init(source: String, peer: LocalPeer? = nil, maximumBodyBytes: Int, maximumHeaderBytes: Int) {
        self.source = source
        self.peer = peer
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumHeaderBytes = maximumHeaderBytes
    }

    var isMidRequest: Bool {
        if case .reading = state { true } else { false }
    }

    mutating func read(_ part: HTTPServerRequestPart) -> Action {
        switch (part, state) {
        case (_, .refused): return .wait
        case (.head(let head), .idle): return begin(head)
        case (.body(let more), .reading(let head, let body)): return extend(head, body, by: more)
        case (.end(let trailers), .reading(let head, let body)):
            guard trailers == nil else { return refuse(.malformed) }
            state = .idle
            return .answer(
                request(head, body), keepAlive: head.head.isKeepAlive,
                streams: head.head.version.major == 1 && head.head.version.minor >= 1)
        case (.head, .reading), (.body, .idle), (.end, .idle): return refuse(.malformed)
        }
    }

    mutating func refuse(_ refusal: Refusal) -> Action {
        state = .refused
        return .refuse(refusal)
    }

    private mutating func begin(_ head: HTTPRequestHead) -> Action {
        guard head.method != .HEAD, head.method != .CONNECT, head.method != .TRACE else { return refuse(.notServed) }
        var bytes = head.uri.utf8.count
        var headers: [(name: String, value: String)] = []
        headers.reserveCapacity(head.headers.count)
        var declared: String?
        for (name, value) in head.headers {
            bytes += name.utf8.count + value.utf8.count + 4
            let name = Self.lowercased(name)
            if name == "upgrade" { return refuse(.notServed) }
            if name == "content-length" { declared = declared ?? value }
            headers.append((name: name, value: value))
        }
        guard bytes <= maximumHeaderBytes else { return refuse(.headersTooLarge) }
        if let declared, let count = Int(declared), count > maximumBodyBytes { return refuse(.bodyTooLarge) }
        state = .reading(Head(head, headers), nil)
        return .wait
    }

    private mutating func extend(_ head: Head, _ body: ByteBuffer?, by more: ByteBuffer) -> Action {
        guard (body?.readableBytes ?? 0) + more.readableBytes <= maximumBodyBytes else {
            return refuse(.bodyTooLarge)
        }
        guard var whole = body else {
            state = .reading(head, more)
            return .wait
        }
        state = .idle
        whole.writeImmutableBuffer(more)
        state = .reading(head, whole)
        return .wait
    }

    private func request(_ head: Head, _ body: ByteBuffer?) -> InboundRequest {
        let uri = head.head.uri
        let path = uri.utf8.firstIndex(of: UInt8(ascii: "?")).map { String(uri[..<$0]) } ?? uri
        return InboundRequest(
            method: head.head.method.rawValue, path: path, headers: head.headers,
            body: body.map { Array($0.readableBytesView) } ?? [], source: source, peer: peer)
    }

    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    /// Lower-cases ASCII only: field names are tokens. Source: RFC 9110, section 5.1.
    private static func lowercased(_ name: String) -> String {
        let bytes = name.utf8.span
        var isLower = true
        for index in bytes.indices where isUpper(bytes[index]) { isLower = false }
        guard !isLower else { return name }
        return String(unsafeUninitializedCapacity: bytes.count) { lower in
            for index in 0..<lower.count { lower[index] = isUpper(bytes[index]) ? bytes[index] | 0x20 : bytes[index] }
            return lower.count
        }
    }
}
