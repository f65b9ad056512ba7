package import MartletJSON

/// What an upstream asks back during a call, checked before any of it is relayed, whatever the era it was asked in.
///
/// In the modern era a result (`resultType: "input_required"`), in the session era a request on the stream of the call,
/// or an error that wants a page opened first (-32042). Source: MCP 2026-07-28, Base Protocol, "Multi Round-Trip
/// Requests"; MCP 2025-11-25, Client Features, Elicitation, "URL Mode".
package struct InputRequired: Sendable {
    /// The upstream's own `requestState`; nil when it gave none.
    package let state: String?
    package let questions: [InputQuestion]

    /// The longest state of an upstream that is carried, in bytes.
    static let maximumStateBytes = 65_536
    /// All questions of one round together, in bytes: they may have to be kept while a person thinks.
    static let maximumBytes = 262_144
    static let maximumQuestions = 16

    /// Nil when the result does not ask back at all.
    package init?(_ value: JSONValue) throws(CallResult.Defect) {
        guard value.kind == .object, value.member("resultType")?.isString("input_required") == true else { return nil }
        guard Lookalikes.find(in: value, of: ["resultType", "inputRequests", "requestState"]) == nil else {
            throw .lookalikeKey
        }
        let requests = value.member("inputRequests")
        let stated = value.member("requestState")
        state = stated?.string
        guard requests != nil || stated != nil, requests == nil || requests?.kind == .object,
            stated == nil || (state?.utf8.count ?? .max) <= Self.maximumStateBytes
        else { throw .badMember }
        questions = try Self.questions(requests)
    }

    /// One request of a session-era upstream, `key` in place of its id.
    package init(_ key: String, method: String, params: JSONValue?) throws(CallResult.Defect) {
        state = nil
        questions = try Self.questions(
            Self.request { writer in
                writer.key(key)
                Self.write(method, params, to: &writer)
            })
    }

    /// The pages that error -32042 wants opened before the call is made again.
    package init(pages data: JSONValue?) throws(CallResult.Defect) {
        guard let pages = data?.member("elicitations"), pages.kind == .array, pages.count > 0 else { throw .badMember }
        state = nil
        questions = try Self.questions(
            Self.request { writer in
                var number = 0
                for page in pages.elements {
                    number += 1
                    writer.key("page\(number)")
                    Self.write("elicitation/create", page, to: &writer)
                }
            })
        guard questions.allSatisfy({ $0.kinds == [.elicitationURL] }) else { throw .badMember }
    }

    /// What an agent must have declared for all of `requests`.
    static func needs(of requests: JSONValue) throws(CallResult.Defect) -> AgentCapabilities {
        AgentCapabilities(try questions(requests).reduce(into: []) { $0.formUnion($1.kinds) })
    }

    /// What an agent must have declared for all of the questions.
    package var needs: AgentCapabilities {
        AgentCapabilities(questions.reduce(into: []) { $0.formUnion($1.kinds) })
    }

    /// What an agent would have to declare that it did not; nil when it declared everything.
    package func missing(from agent: AgentCapabilities) -> AgentCapabilities? { needs.missing(from: agent) }

    private static func questions(_ requests: JSONValue?) throws(CallResult.Defect) -> [InputQuestion] {
        guard let requests else { return [] }
        guard requests.count <= maximumQuestions, requests.serialized().count <= maximumBytes else { throw .badMember }
        var questions: [InputQuestion] = []
        for (key, request) in requests.members { questions.append(try InputQuestion(key: key, request)) }
        return questions
    }

    /// An object written and read again: what is kept holds on to nothing of the message it came in.
    private static func request(_ write: (inout JSONWriter) -> Void) throws(CallResult.Defect) -> JSONValue {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        write(&writer)
        writer.endObject()
        guard writer.bytes.count <= maximumBytes else { throw .badMember }
        do {
            return try JSONValue.parse(writer.bytes)
        } catch {
            throw .badMember
        }
    }

    /// Without `_meta`: a token in it names work of another conversation.
    private static func write(_ method: String, _ params: JSONValue?, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("method", string: method)
        if let params, params.kind == .object {
            writer.key("params")
            writer.beginObject()
            for (key, value) in params.members where !key.hasSameBytes(as: "_meta") {
                writer.key(key)
                writer.value(value)
            }
            writer.endObject()
        } else if let params {
            writer.member("params", value: params)
        }
        writer.endObject()
    }

    /// The questions as one value: what the record of the round holds.
    package var asked: JSONValue? {
        do {
            return try Self.request { writer in
                writer.key("inputRequests")
                writeRequests(to: &writer)
            }
        } catch {
            return nil  // Checked already.
        }
    }

    fileprivate func writeRequests(to writer: inout JSONWriter) {
        writer.beginObject()
        for question in questions { Self.write(question.request, under: question.key, to: &writer) }
        writer.endObject()
    }

    /// Writes the questions of an upstream as they are relayed.
    static func write(_ requests: JSONValue, to writer: inout JSONWriter) {
        writer.beginObject()
        for (key, request) in requests.members { write(request, under: key, to: &writer) }
        writer.endObject()
    }

    /// As it came, without the `_meta` of its parameters: nobody but the gateway speaks in ours, and a token in theirs names
    /// work of another conversation.
    private static func write(_ request: JSONValue, under key: String, to writer: inout JSONWriter) {
        writer.key(key)
        guard let params = request.member("params"), params.member("_meta") != nil else { return writer.value(request) }
        writer.beginObject()
        for (key, member) in request.members {
            writer.key(key)
            guard key.hasSameBytes(as: "params") else {
                writer.value(member)
                continue
            }
            writer.beginObject()
            for (key, member) in params.members where !key.hasSameBytes(as: "_meta") {
                writer.key(key)
                writer.value(member)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    fileprivate func write(state: String, to writer: inout JSONWriter) {
        writer.member("resultType", string: "input_required")
        if !questions.isEmpty {
            writer.key("inputRequests")
            writeRequests(to: &writer)
        }
        writer.member("requestState", string: state)
    }
}

extension Reply {
    /// Asks the agent what the upstream asks, with `state` in place of the upstream's own.
    package static func inputRequired(
        id: RequestID, _ asked: InputRequired, state: String, meta: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        result(id: id) { writer in
            asked.write(state: state, to: &writer)
            writer.key("_meta")
            writer.beginObject()
            meta(&writer)
            writer.endObject()
        }
    }

    /// Error -32042 with the pages that are to be opened first.
    package static func pagesRequired(id: RequestID, _ asked: InputRequired, text: String) -> [UInt8] {
        error(id: id, code: ErrorCode.pagesRequired, message: text) { writer in
            writer.key("data")
            writer.beginObject()
            writer.key("elicitations")
            writer.beginArray()
            for question in asked.questions { writer.value(question.request.member("params") ?? .emptyObject) }
            writer.endArray()
            writer.endObject()
        }
    }

    /// The upstream insists on a question that this agent cannot be asked.
    package static func missingCapability(id: RequestID, _ missing: AgentCapabilities) -> [UInt8] {
        error(id: id, code: ErrorCode.missingCapability, message: "The upstream asks for input this client cannot give")
        {
            writer in
            writer.key("data")
            writer.beginObject()
            writer.key("requiredCapabilities")
            missing.write(to: &writer)
            writer.endObject()
        }
    }
}
