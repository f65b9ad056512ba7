package import MartletCore

/// JSON-RPC and MCP error codes. Source: JSON-RPC 2.0, section 5.1; MCP 2026-07-28, Base Protocol, "Error Codes".
package enum ErrorCode {
    package static let parseError = -32700
    package static let invalidRequest = -32600
    package static let methodNotFound = -32601
    package static let invalidParams = -32602
    package static let internalError = -32603
    package static let headerMismatch = -32020
    /// Legacy only: the modern era says -32602.
    package static let resourceNotFound = -32002
    package static let missingCapability = -32021
    package static let unsupportedVersion = -32022
    /// Session era only: pages must be opened before the call is made again.
    package static let pagesRequired = -32042
}

extension ProtocolError {
    package static let unsupportedMediaType = ProtocolError(
        .unsupportedMediaType, code: ErrorCode.invalidRequest, status: 415,
        "Content-Type must be application/json", id: nil)

    package static let notAcceptable = ProtocolError(
        .notAcceptable, code: ErrorCode.invalidRequest, status: 406,
        "Accept must allow application/json or text/event-stream", id: nil)

    /// Of a request whose only answer is a stream.
    package static func streamNotAcceptable(id: RequestID?) -> ProtocolError {
        ProtocolError(
            .notAcceptable, code: ErrorCode.invalidRequest, status: 406,
            "Accept must allow text/event-stream, and HTTP/1.1 is needed", id: id)
    }

    package static func parseError(_ reason: String) -> ProtocolError {
        ProtocolError(.parseError, code: ErrorCode.parseError, status: 400, "Parse error: \(reason)", id: nil)
    }

    /// JSON by its grammar, but two readers could understand it differently, or it is out of bounds.
    package static func ambiguousBody(_ reason: String) -> ProtocolError {
        ProtocolError(.ambiguousBody, code: ErrorCode.invalidRequest, status: 400, "Refused JSON: \(reason)", id: nil)
    }

    package static let bodyTooLarge = ProtocolError(
        .bodyTooLarge, code: ErrorCode.invalidRequest, status: 413, "The body is too large", id: nil)

    /// A response where no request of ours could be meant.
    package static let nothingAsked = ProtocolError(
        .invalidRequest, code: ErrorCode.invalidRequest, status: 400, "Responses are not accepted: nothing was asked",
        id: nil)

    /// A response to a question that is not open in this session: another's, answered, given up, or none of ours.
    package static let unknownQuestion = ProtocolError(
        .unknownQuestion, code: ErrorCode.invalidRequest, status: 400, "No such question is open in this session",
        id: nil)

    /// A response whose shape is not that of an answer to its question.
    package static let malformedAnswer = ProtocolError(
        .malformedAnswer, code: ErrorCode.invalidRequest, status: 400,
        "This is no answer to the question that was asked",
        id: nil)

    package static func invalidRequest(_ message: String, id: RequestID?) -> ProtocolError {
        ProtocolError(.invalidRequest, code: ErrorCode.invalidRequest, status: 400, message, id: id)
    }

    package static func lookalikeKey(_ known: String, id: RequestID?) -> ProtocolError {
        ProtocolError(
            .lookalikeKey, code: ErrorCode.invalidRequest, status: 400,
            "A member name only looks like \"\(known)\"", id: id)
    }

    package static func duplicateHeader(_ name: String, id: RequestID?) -> ProtocolError {
        ProtocolError(
            .duplicateHeader, code: ErrorCode.headerMismatch, status: 400, "\(name) header appears more than once",
            id: id)
    }

    package static func headerMismatch(_ message: String, id: RequestID?) -> ProtocolError {
        ProtocolError(.headerMismatch, code: ErrorCode.headerMismatch, status: 400, message, id: id)
    }

    package static func missingEnvelope(_ message: String, id: RequestID?) -> ProtocolError {
        ProtocolError(.missingEnvelope, code: ErrorCode.invalidParams, status: 400, message, id: id)
    }

    package static func unsupportedVersion(_ requested: String, id: RequestID?) -> ProtocolError {
        ProtocolError(
            .unsupportedVersion, code: ErrorCode.unsupportedVersion, status: 400, "Unsupported protocol version",
            id: id, requestedVersion: requested.limited(to: 64))
    }

    package static func missingSession(id: RequestID?) -> ProtocolError {
        ProtocolError(
            .missingSession, code: ErrorCode.invalidRequest, status: 400, "Bad Request: Missing session ID", id: id)
    }

    /// The answer to an unknown, ended or foreign session: one text for all three, so that guessing tells nothing.
    package static func unknownSession(id: RequestID?) -> ProtocolError {
        ProtocolError(
            .unknownSession, code: ErrorCode.invalidRequest, status: 404, "Not Found: Invalid or expired session ID",
            id: id)
    }

    /// A notification gets HTTP 4xx in both eras: there is no reply an HTTP 200 could carry.
    package static func methodNotFound(_ method: String, era: ProtocolEra, id: RequestID?) -> ProtocolError {
        let status = era == .modern ? 404 : id == nil ? 400 : 200
        return ProtocolError(
            .methodNotFound, code: ErrorCode.methodNotFound, status: status,
            "Method not found: \(method.limited(to: 128))", id: id)
    }

    package static func invalidParams(_ message: String, era: ProtocolEra, id: RequestID?) -> ProtocolError {
        let status = era == .modern || id == nil ? 400 : 200
        return ProtocolError(.invalidParams, code: ErrorCode.invalidParams, status: status, message, id: id)
    }

    /// `requestState` comes back although we never gave one out.
    package static func invalidRequestState(era: ProtocolEra, id: RequestID?) -> ProtocolError {
        ProtocolError(
            .invalidRequestState, code: ErrorCode.invalidParams, status: era == .modern ? 400 : 200,
            "Invalid or expired requestState", id: id)
    }

    /// The answer for a tool that does not exist and for one the caller may not see: the same bytes.
    package static func unknownTool(_ name: String, era: ProtocolEra, id: RequestID?) -> ProtocolError {
        ProtocolError(
            .unknownTool, code: ErrorCode.invalidParams, status: era == .modern ? 400 : 200,
            "Unknown tool: \(name.limited(to: 128))", id: id)
    }

    /// The answer for a prompt that does not exist and for one the caller may not see: the same bytes.
    package static func unknownPrompt(_ name: String, era: ProtocolEra, id: RequestID?) -> ProtocolError {
        ProtocolError(
            .unknownPrompt, code: ErrorCode.invalidParams, status: era == .modern ? 400 : 200,
            "Unknown prompt: \(name.limited(to: 128))", id: id)
    }

    /// The answer for a resource that does not exist and for one the caller may not see: the same bytes.
    /// Source: MCP 2026-07-28 and 2025-11-25, Resources, "Error Handling".
    package static func resourceNotFound(_ uri: String, era: ProtocolEra, id: RequestID?) -> ProtocolError {
        ProtocolError(
            .resourceNotFound, code: era == .modern ? ErrorCode.invalidParams : ErrorCode.resourceNotFound,
            status: era == .modern ? 400 : 200, "Resource not found", id: id, uri: uri.limited(to: 2048))
    }

    /// The answer for what does not exist or may not be seen, whatever it is; named as on the route of the request.
    package static func unknown(
        _ subject: CallSubject, _ spelling: Spelling = .verbatim, era: ProtocolEra, id: RequestID?
    ) -> ProtocolError {
        switch subject {
        case .tool(let name): unknownTool(spelling(name.rawValue), era: era, id: id)
        case .prompt(let name): unknownPrompt(spelling(name.rawValue), era: era, id: id)
        case .resource(let uri): resourceNotFound(spelling(uri.rawValue), era: era, id: id)
        }
    }

    package static func internalError(status: Int, message: String, id: RequestID?) -> ProtocolError {
        ProtocolError(.internalError, code: ErrorCode.internalError, status: status, message, id: id)
    }
}

extension String {
    /// The text, cut to at most `maximum` Unicode scalars, so that an error never echoes a megabyte.
    func limited(to maximum: Int) -> String {
        guard utf8.count > maximum else { return self }
        var short = UnicodeScalarView()
        short.append(contentsOf: unicodeScalars.prefix(maximum))
        return String(short)
    }

    /// Whether both texts are the same bytes. Swift's `==` would also equate different Unicode spellings.
    func hasSameBytes(as other: String) -> Bool {
        let (left, right) = (utf8.span, other.utf8.span)
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }
}
