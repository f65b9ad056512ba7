package import MartletCore
package import MartletJSON

/// Builds what the gateway sends to upstreams. Nothing of the caller's request is copied but what is named here.
///
/// Ids are the gateway's own. Source: MCP 2026-07-28, Transports, "Standard Request Headers"; MCP 2025-11-25, Lifecycle.
package enum UpstreamRequest {
    /// What one call adds to name and arguments.
    package struct CallExtras: Sendable {
        package var traceparent: TraceParent?
        package var progressToken: Int64?
        /// Asks a modern upstream for its log on the stream of this request; legacy ones know no such thing.
        package var logLevel: LogLevel?
        /// Of the tool's definition; nil or empty when it has no `x-mcp-header`.
        package var parameterHeaders: ParameterHeaders?
        /// What the agent can be asked, and what it answered; modern upstreams only.
        package var input: CallInput?
        package init(
            traceparent: TraceParent? = nil, progressToken: Int64? = nil, logLevel: LogLevel? = nil,
            parameterHeaders: ParameterHeaders? = nil
        ) {
            self.traceparent = traceparent
            self.progressToken = progressToken
            self.logLevel = logLevel
            self.parameterHeaders = parameterHeaders
        }
    }

    /// The first message to an upstream of unknown era, and the check that a modern one is alive.
    package static func discover(id: Int64, client: Implementation) -> OutboundMessage {
        let dialect = UpstreamDialect(version: .v2026_07_28, client: client)
        return message(.discover, id: id, dialect) { writer in writeMeta(dialect, to: &writer) }
    }

    /// Opens a session. Declares exactly what the agents that use it can be asked.
    package static func initialize(
        id: Int64, _ dialect: UpstreamDialect, declaring agent: AgentCapabilities = AgentCapabilities([])
    ) -> OutboundMessage {
        let message = message(.initialize, id: id, dialect) { writer in
            writer.member("protocolVersion", string: dialect.version.rawValue)
            writer.key("capabilities")
            agent.write(to: &writer)
            writer.key("clientInfo")
            dialect.client.write(to: &writer)
        }
        // The version header follows the negotiation; before it there is none.
        return OutboundMessage(body: message.body, headers: commonHeaders)
    }

    package static func initialized(_ dialect: UpstreamDialect) -> OutboundMessage {
        message(.initialized, id: nil, dialect, params: nil)
    }

    package static func listTools(id: Int64, cursor: String?, _ dialect: UpstreamDialect) -> OutboundMessage {
        list(.listTools, id: id, cursor: cursor, dialect)
    }

    /// One page of a list; `method` is one of the four that list.
    package static func list(
        _ method: Method, id: Int64, cursor: String?, _ dialect: UpstreamDialect
    ) -> OutboundMessage {
        message(method, id: id, dialect) { writer in
            if let cursor { writer.member("cursor", string: cursor) }
            writeMeta(dialect, to: &writer)
        }
    }

    /// The call itself: the arguments are written anew from the tree that was decided on.
    package static func callTool(
        id: Int64, name: ToolName, arguments: JSONValue?, _ dialect: UpstreamDialect,
        _ extras: CallExtras = CallExtras()
    ) -> OutboundMessage {
        let fields = dialect.version.era == .modern ? extras.parameterHeaders?.fields(for: arguments) ?? [] : []
        let message = message(.callTool, id: id, dialect, name: name.rawValue) { writer in
            writer.member("name", string: name.rawValue)
            if let arguments { writer.member("arguments", value: arguments) }
            writeAnswers(extras.input, dialect, to: &writer)
            writeMeta(dialect, extras, to: &writer)
        }
        return OutboundMessage(body: message.body, headers: message.headers + fields)
    }

    /// What was decided on, written anew.
    package static func call(
        id: Int64, _ call: ToolCall, _ dialect: UpstreamDialect, _ extras: CallExtras = CallExtras()
    ) -> OutboundMessage {
        var extras = extras
        extras.input = call.input
        if let request = call.task { return task(id: id, request, of: call, dialect, extras) }
        if let tool = call.subject.tool {
            return callTool(id: id, name: tool, arguments: call.arguments, dialect, extras)
        }
        let entry = Method(rawValue: call.method)
        let name = entry?.nameParameter == nil ? nil : call.subject.text
        return message(call.method, id: id, dialect, name: name) { writer in
            if entry == .complete {
                writeReference(to: call.subject, &writer)
                for (key, value) in (call.arguments ?? .emptyObject).members {
                    writer.key(key)
                    writer.value(value)
                }
            } else {
                writer.member(call.subject.isResource ? "uri" : "name", string: call.subject.text)
                if let arguments = call.arguments { writer.member("arguments", value: arguments) }
                writeAnswers(call.input, dialect, to: &writer)
            }
            writeMeta(dialect, extras, to: &writer)
        }
    }

    /// A request about a task, under the upstream's own name for it.
    private static func task(
        id: Int64, _ request: TaskRequest, of call: ToolCall, _ dialect: UpstreamDialect, _ extras: CallExtras
    ) -> OutboundMessage {
        message(call.method, id: id, dialect, name: request.task.upstreamID) { writer in
            writer.member("taskId", string: request.task.upstreamID)
            if let responses = call.input.responses { writer.member("inputResponses", value: responses) }
            writeMeta(dialect, extras, to: &writer)
        }
    }

    /// Sets how much the upstream logs in this session. Source: MCP 2025-11-25, Logging.
    package static func setLevel(id: Int64, _ level: LogLevel, _ dialect: UpstreamDialect) -> OutboundMessage {
        message(.setLevel, id: id, dialect) { writer in writer.member("level", string: level.rawValue) }
    }

    /// Gives up a request we sent. A modern HTTP upstream is told by closing the stream instead.
    package static func cancelled(id: Int64, reason: String, _ dialect: UpstreamDialect) -> OutboundMessage {
        message(.cancelled, id: nil, dialect) { writer in
            writer.member("requestId", int: id)
            writer.member("reason", string: reason)
        }
    }

    package static func ping(id: Int64, _ dialect: UpstreamDialect) -> OutboundMessage {
        message(.ping, id: id, dialect, params: nil)
    }

    /// The answer to an upstream's `ping`.
    package static func pong(to id: RequestID, _ dialect: UpstreamDialect) -> OutboundMessage {
        OutboundMessage(body: Reply.result(id: id) { _ in }, headers: headers(nil, dialect))
    }

    /// The agent's answer to a question of an upstream, under the upstream's own id.
    package static func answer(_ answer: InputAnswer, to id: RequestID, _ dialect: UpstreamDialect) -> OutboundMessage {
        let body =
            switch answer {
            case .result(let value):
                Reply.result(id: id) { writer in
                    for (key, member) in value.members where !key.hasSameBytes(as: "_meta") {
                        writer.key(key)
                        writer.value(member)
                    }
                }
            case .error(let code, let message): Reply.error(id: id, code: code, message: message)
            }
        return OutboundMessage(body: body, headers: headers(nil, dialect))
    }

    /// The answer to every other question of an upstream.
    package static func refusal(of id: RequestID, method: String, _ dialect: UpstreamDialect) -> OutboundMessage {
        let body = Reply.error(
            id: id, code: ErrorCode.methodNotFound, message: "Method not found: \(method.limited(to: 128))")
        return OutboundMessage(body: body, headers: headers(nil, dialect))
    }
}

extension UpstreamRequest {
    private static func writeReference(to subject: CallSubject, _ writer: inout JSONWriter) {
        writer.key("ref")
        writer.beginObject()
        writer.member("type", string: subject.isResource ? "ref/resource" : "ref/prompt")
        writer.member(subject.isResource ? "uri" : "name", string: subject.text)
        writer.endObject()
    }

    private static let commonHeaders = [
        (name: "Content-Type", value: "application/json"),
        (name: "Accept", value: "application/json, text/event-stream"),
    ]

    static func message(
        _ method: Method, id: Int64?, _ dialect: UpstreamDialect, name: String? = nil,
        params: ((inout JSONWriter) -> Void)?
    ) -> OutboundMessage {
        message(method.rawValue, id: id, dialect, name: name, params: params)
    }

    private static func message(
        _ method: String, id: Int64?, _ dialect: UpstreamDialect, name: String? = nil,
        params: ((inout JSONWriter) -> Void)?
    ) -> OutboundMessage {
        var writer = Reply.open(id: id.map { .number(String($0)) }, capacity: 512)
        writer.member("method", string: method)
        if let params {
            writer.key("params")
            writer.beginObject()
            params(&writer)
            writer.endObject()
        }
        writer.endObject()
        return OutboundMessage(body: writer.bytes, headers: headers(method, dialect, name: name))
    }

    private static func headers(
        _ method: String?, _ dialect: UpstreamDialect, name: String? = nil
    ) -> [(name: String, value: String)] {
        var headers = commonHeaders
        headers.append(("MCP-Protocol-Version", dialect.version.rawValue))
        if dialect.version.era == .modern {
            if let method { headers.append(("Mcp-Method", method)) }
            if let name { headers.append(("Mcp-Name", HeaderValue.encode(name))) }
        } else if let session = dialect.sessionID {
            headers.append(("Mcp-Session-Id", session))
        }
        return headers
    }

    /// Modern requests must say version and capabilities; legacy ones get `_meta` only when there is something in it.
    static func writeMeta(
        _ dialect: UpstreamDialect, _ extras: CallExtras = CallExtras(), to writer: inout JSONWriter
    ) {
        let isModern = dialect.version.era == .modern
        guard isModern || extras.traceparent != nil || extras.progressToken != nil else { return }
        writer.key("_meta")
        writer.beginObject()
        if isModern { writeEnvelope(dialect, extras.input?.capabilities, to: &writer) }
        if isModern, let level = extras.logLevel { writer.member(MetaKey.logLevel, string: level.rawValue) }
        if let token = extras.progressToken { writer.member(MetaKey.progressToken, int: token) }
        if let parent = extras.traceparent { writer.member(MetaKey.traceparent, string: parent.description) }
        writer.endObject()
    }

    /// The agent's answers, and in a later round the upstream's own state, byte for byte.
    private static func writeAnswers(_ input: CallInput?, _ dialect: UpstreamDialect, to writer: inout JSONWriter) {
        guard let input, dialect.version.era == .modern else { return }
        if let responses = input.responses { writer.member("inputResponses", value: responses) }
        if let state = input.upstreamState { writer.member("requestState", string: state) }
    }

    private static func writeEnvelope(
        _ dialect: UpstreamDialect, _ agent: JSONValue?, to writer: inout JSONWriter
    ) {
        writer.member(MetaKey.protocolVersion, string: dialect.version.rawValue)
        writer.key(MetaKey.clientInfo)
        dialect.client.write(to: &writer)
        writer.key(MetaKey.clientCapabilities)
        AgentCapabilities(agent).write(to: &writer)
    }
}
