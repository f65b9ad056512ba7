import MartletJSON

/// A request that is refused before anybody decides about it: what is wrong, and how that is said on the wire.
///
/// Source: MCP 2026-07-28, Base Protocol, "Error Codes"; for sessions MCP 2025-11-25, Transports, and the behaviour of
/// the reference SDKs, which take HTTP 404 as the end of a session: there -32601 and -32602 travel with HTTP 200.
package struct ProtocolError: Error, Hashable, Sendable {
    /// Why, as records name it. Raw values are stored: never renamed or reused.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case unsupportedMediaType = "unsupported_media_type"
        case notAcceptable = "not_acceptable"
        case parseError = "parse_error"
        case ambiguousBody = "ambiguous_body"
        case bodyTooLarge = "body_too_large"
        case invalidRequest = "invalid_request"
        case lookalikeKey = "lookalike_key"
        case duplicateHeader = "duplicate_header"
        case headerMismatch = "header_mismatch"
        case missingEnvelope = "missing_envelope"
        case unsupportedVersion = "unsupported_version"
        case missingSession = "missing_session"
        case unknownSession = "unknown_session"
        case methodNotFound = "method_not_found"
        case invalidParams = "invalid_params"
        case invalidRequestState = "invalid_request_state"
        case unknownTool = "unknown_tool"
        case unknownPrompt = "unknown_prompt"
        case resourceNotFound = "resource_not_found"
        case unknownTask = "unknown_task"
        case missingCapability = "missing_capability"
        case unknownQuestion = "unknown_question"
        case malformedAnswer = "malformed_answer"
        case internalError = "internal_error"
    }

    package let kind: Kind
    package let code: Int
    package let httpStatus: Int
    /// Shown to the caller: built from constants and the caller's own words only.
    package let message: String
    /// The id to echo; nil when none could be read, and then the answer has no `id` member.
    package let requestID: RequestID?
    /// `data.requested` of -32022.
    let requestedVersion: String?
    /// `data.uri` of a resource that is not found.
    let uri: String?
    /// `data.requiredCapabilities` of -32021.
    let requiredCapabilities: AgentCapabilities?

    init(
        _ kind: Kind, code: Int, status: Int, _ message: String, id: RequestID?, requestedVersion: String? = nil,
        uri: String? = nil, requiredCapabilities: AgentCapabilities? = nil
    ) {
        self.kind = kind
        self.code = code
        httpStatus = status
        self.message = message
        requestID = id
        self.requestedVersion = requestedVersion
        self.uri = uri
        self.requiredCapabilities = requiredCapabilities
    }

    /// The JSON-RPC error answer.
    package func body() -> [UInt8] {
        Reply.error(id: requestID, code: code, message: message) { writer in writeData(to: &writer) }
    }

    private func writeData(to writer: inout JSONWriter) {
        if let requestedVersion {
            writer.key("data")
            writer.beginObject()
            writer.key("supported")
            writer.beginArray()
            for version in ProtocolVersion.modern { writer.string(version.rawValue) }
            writer.endArray()
            writer.member("requested", string: requestedVersion)
            writer.endObject()
        } else if let requiredCapabilities {
            writer.key("data")
            writer.beginObject()
            writer.key("requiredCapabilities")
            requiredCapabilities.write(to: &writer)
            writer.endObject()
        } else if let uri {
            writer.key("data")
            writer.beginObject()
            writer.member("uri", string: uri)
            writer.endObject()
        } else if kind == .invalidRequestState {
            writer.key("data")
            writer.beginObject()
            writer.member("reason", string: kind.rawValue)
            writer.endObject()
        }
    }
}
