import MartletMCP
import NIOCore
import NIOHTTP1

/// Builds the HTTP requests to one upstream: the fields of MCP, our credential, and nothing else.
///
/// No type that carries a caller's headers exists in this module, so none can slip through. A request is written as
/// bytes at once: what a field may hold was checked where it was made, and is checked here again.
/// Source: RFC 9112, sections 3, 5 and 6; ADR-0007.
struct RequestComposer: Sendable {
    private let endpoint: Endpoint
    /// Host, user agent and credential.
    private let constant: [UInt8]

    init(endpoint: Endpoint, credential: EgressCredential?) {
        self.endpoint = endpoint
        var fields: [UInt8] = []
        fields.write(field: "host", endpoint.authority)
        fields.write(field: "user-agent", "martlet")
        if let credential { fields.write(field: credential.header, credential.reveal()) }
        constant = fields
    }

    func post(
        _ message: OutboundMessage, deadline: NIODeadline, expecting expectation: HTTPRequest.Expectation
    ) -> HTTPRequest {
        let fields = message.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        var bytes = open("POST ", room: 64 + fields + message.body.count)
        bytes.write(field: "content-length", String(message.body.count))
        for (name, value) in message.headers { bytes.write(field: name, value) }
        bytes.write("\r\n")
        let headBytes = bytes.count
        bytes += message.body
        return HTTPRequest(
            method: .POST, bytes: ByteBuffer(bytes: bytes), headBytes: headBytes, deadline: deadline,
            expectation: expectation)
    }

    /// Ends a legacy session. Source: MCP 2025-11-25, Transports, "Session Management".
    func delete(_ session: LegacySession, deadline: NIODeadline) -> HTTPRequest {
        var bytes = open("DELETE ", room: 256)
        bytes.write(field: "mcp-protocol-version", session.version.rawValue)
        if let id = session.id { bytes.write(field: "mcp-session-id", id) }
        return close(bytes, .DELETE, deadline, .acknowledgement)
    }

    /// Takes up a stream of a session where it broke off. Source: MCP 2025-11-25, Transports, "Resumability".
    func resume(
        _ session: LegacySession, after point: ResumptionPoint, deadline: NIODeadline,
        expecting expectation: HTTPRequest.Expectation
    ) -> HTTPRequest {
        listen(session, after: point.eventID, deadline: deadline, expecting: expectation)
    }

    /// Opens the stream of a session, behind an event where it was heard before.
    func listen(
        _ session: LegacySession, after eventID: String?, deadline: NIODeadline,
        expecting expectation: HTTPRequest.Expectation
    ) -> HTTPRequest {
        var bytes = open("GET ", room: 512)
        bytes.write(field: "accept", "text/event-stream")
        bytes.write(field: "mcp-protocol-version", session.version.rawValue)
        if let id = session.id { bytes.write(field: "mcp-session-id", id) }
        if let eventID { bytes.write(field: "last-event-id", eventID) }
        return close(bytes, .GET, deadline, expectation)
    }

    func get(deadline: NIODeadline) -> HTTPRequest {
        var bytes = open("GET ", room: 256)
        bytes.write(field: "accept", "application/json")
        return close(bytes, .GET, deadline, .document)
    }

    /// Bytes of our own are appended with less ado than NIO's buffers take; they become one at the end.
    private func open(_ method: String, room: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32 + endpoint.target.utf8.count + constant.count + room)
        bytes.write(method)
        bytes.write(endpoint.target)
        bytes.write(" HTTP/1.1\r\n")
        bytes += constant
        return bytes
    }

    private func close(
        _ head: [UInt8], _ method: HTTPMethod, _ deadline: NIODeadline, _ expectation: HTTPRequest.Expectation
    ) -> HTTPRequest {
        let bytes = head + Array("\r\n".utf8)
        return HTTPRequest(
            method: method, bytes: ByteBuffer(bytes: bytes), headBytes: bytes.count, deadline: deadline,
            expectation: expectation)
    }
}

extension [UInt8] {
    /// Writes one header field. One that could end its own line is left out, whoever made it: the upstream then
    /// refuses the request, and no second one can be smuggled.
    fileprivate mutating func write(field name: String, _ value: String) {
        guard name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }),
            value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
        else { return }
        write(name)
        write(": ")
        write(value)
        write("\r\n")
    }

    fileprivate mutating func write(_ text: String) {
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { append(contentsOf: $0) }
        if isWritten == nil { append(contentsOf: text.utf8) }
    }
}
