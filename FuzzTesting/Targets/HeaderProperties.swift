import Foundation
import MartletJSON
import MartletMCP

/// A request that is accepted says the same in its headers and in its body; every text survives the way through a header.
enum HeaderProperties {
    static func check(_ input: HeaderInput) throws(Violation) {
        for field in input.fields {
            try checkText(field.value)
            // As the parser has it: without the blank that usually follows the colon.
            try checkText(String(decoding: field.value.utf8.drop { $0 == 0x20 }, as: UTF8.self))
        }
        try checkRequest(input)
        if let schema = input.schema, let annotations = ParameterHeaders(inputSchema: schema) {
            try ParameterProperties(annotations: annotations, arguments: input.arguments).check()
        }
    }

    private static func checkText(_ text: String) throws(Violation) {
        let wire = HeaderValue.encode(text)
        try require(wire.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "an encoded value cannot stand in a header")
        try require(wire.utf8.first != 0x20 && wire.utf8.last != 0x20, "HTTP would cut blanks off an encoded value")
        try require(isSame(HeaderValue.decode(wire), text), "what was encoded is not decoded")
        guard let decoded = HeaderValue.decode(text), !isSame(decoded, text) else { return }
        // It had the base64 form. Then it is the only spelling of its text in that form.
        let spelling = "=?base64?" + Data(decoded.utf8).base64EncodedString() + "?="
        try require(isSame(spelling, text), "a value in base64 has another spelling")
    }

    private static func checkRequest(_ input: HeaderInput) throws(Violation) {
        let headers = RequestHeaders(input.fields)
        let request: MCPRequest
        do throws(ProtocolError) {
            request = try RequestParser().parse(headers: headers, body: input.body)
            if request.method.isCall { _ = try request.call() }
        } catch {
            return try AnswerProperties.check(error)
        }
        try checkAccepted(request, headers)
    }

    private static func checkAccepted(_ request: MCPRequest, _ headers: RequestHeaders) throws(Violation) {
        try require(headers.duplicate == nil, "accepted with a routing header twice")
        try require(headers.isJSON, "accepted with a body that is not said to be JSON")
        try require(request.method.isNotification == (request.id == nil), "accepted with an id, or without one")
        try require(request.method.exists(in: request.era), "accepted with a method of the other era")
        if let method = headers.method {
            try require(isSame(method, request.method.rawValue), "accepted with another method in its header")
        }
        if let name = headers.name {
            let stated = request.method.routed.flatMap { request.params?.member($0)?.string }
            try require(stated.map { isSame(HeaderValue.decode(name), $0) } ?? false, "accepted with another name")
        }
        switch request.era {
        case .modern: try checkModern(request, headers)
        case .legacy:
            try require(request.method == .initialize || request.sessionID != nil, "accepted outside of a session")
        }
    }

    private static func checkModern(_ request: MCPRequest, _ headers: RequestHeaders) throws(Violation) {
        guard request.id != nil else { return }
        let stated = request.meta?.member("io.modelcontextprotocol/protocolVersion")?.string
        try require(stated != nil && isSame(headers.protocolVersion, stated ?? ""), "accepted with another version")
        try require(headers.method != nil, "accepted without the method in its header")
        let needsName = request.method.routed.map { request.params?.member($0) != nil } ?? false
        try require(headers.name != nil || !needsName, "accepted without the name in its header")
    }

    static func isSame(_ one: String?, _ other: String) -> Bool {
        one.map { $0.utf8.elementsEqual(other.utf8) } ?? false
    }
}

extension Method {
    /// Whether it asks for something that can be granted.
    fileprivate var isCall: Bool {
        switch self {
        case .callTool, .getPrompt, .readResource, .subscribe, .unsubscribe, .complete: true
        default: false
        }
    }

    /// The parameter that `Mcp-Name` repeats. Source: MCP 2026-07-28, Transports, "Standard Request Headers".
    fileprivate var routed: StaticString? {
        switch self {
        case .callTool, .getPrompt: "name"
        case .readResource: "uri"
        case .getTask, .updateTask, .cancelTask: "taskId"
        default: nil
        }
    }
}
