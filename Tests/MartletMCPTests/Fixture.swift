import MartletCore
import MartletJSON
import MartletMCP
import Testing

typealias Fields = [(name: String, value: String)]

/// Requests as the reference SDK sends them, and shorthands to bend them.
enum Fixture {
    static let meta =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":"#
        + #"{"name":"mcp","version":"0.1.0"},"io.modelcontextprotocol/clientCapabilities":{}}"#
    static let modernCall =
        #"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"issue_payment","arguments":{"amount":900},\#(meta)}}"#
    static let legacyCall =
        #"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"issue_payment","arguments":{"amount":900}}}"#
    static let legacyOpening =
        #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"#
        + #""clientInfo":{"name":"mcp","version":"0.1.0"}}}"#

    static let common: Fields = [
        ("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"),
    ]
    static let callFields = modern("tools/call", name: "issue_payment")
    static let sessionFields: Fields =
        common + [("mcp-session-id", "ad2a7a66"), ("mcp-protocol-version", "2025-11-25")]

    static func modern(_ method: String, name: String? = nil, version: String = "2026-07-28") -> Fields {
        common + [("mcp-protocol-version", version), ("mcp-method", method)] + (name.map { [("mcp-name", $0)] } ?? [])
    }

    static func modernBody(_ method: String, _ params: String = "") -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(params)\#(meta)}}"#
    }

    static func parse(_ body: String, _ fields: Fields) throws(ProtocolError) -> MCPRequest {
        try parse(Array(body.utf8), fields)
    }

    static func parse(_ body: [UInt8], _ fields: Fields) throws(ProtocolError) -> MCPRequest {
        try RequestParser().parse(headers: RequestHeaders(fields), body: body)
    }

    static func json(_ bytes: [UInt8]) throws -> JSONValue { try JSONValue.parse(bytes, limits: .response) }
    static func json(_ text: String) throws -> JSONValue { try json(Array(text.utf8)) }

    /// A modern call whose `_meta` has further members.
    static func call(withMeta members: String) throws -> MCPRequest {
        let body = modernCall.replacing(#""_meta":{"#, with: #""_meta":{\#(members),"#)
        return try parse(body, callFields)
    }
}

/// One request that must be refused, and exactly how.
struct Refusal: Sendable, CustomTestStringConvertible {
    let label: String
    let body: [UInt8]
    let fields: Fields
    let kind: ProtocolError.Kind
    let code: Int
    let status: Int
    let id: RequestID?

    init(
        _ label: String, _ body: String, _ fields: Fields, _ kind: ProtocolError.Kind, _ code: Int, _ status: Int,
        id: RequestID? = nil
    ) {
        self.init(label, Array(body.utf8), fields, kind, code, status, id: id)
    }

    init(
        _ label: String, _ body: [UInt8], _ fields: Fields, _ kind: ProtocolError.Kind, _ code: Int, _ status: Int,
        id: RequestID? = nil
    ) {
        self.label = label
        self.body = body
        self.fields = fields
        self.kind = kind
        self.code = code
        self.status = status
        self.id = id
    }

    var testDescription: String { label }

    /// Parses the request, reads the call when it is one, and compares the refusal with its wire form too.
    func check() throws {
        let error = try #require(throws: ProtocolError.self) {
            let request = try Fixture.parse(body, fields)
            if request.method.entry.authorization == .grant { _ = try request.call() }
        }
        #expect(error.kind == kind)
        #expect(error.code == code)
        #expect(error.httpStatus == status)
        #expect(error.requestID == id)
        let answer = try Fixture.json(error.body())
        #expect(answer.member("jsonrpc")?.string == "2.0")
        #expect(answer.member("id").flatMap(RequestID.init) == id)
        #expect(answer.member("id")?.isNull != true)
        #expect(answer.member("error")?.member("code")?.integer == Int64(code))
        #expect(answer.member("error")?.member("message")?.string == error.message)
    }
}
