package import MartletJSON

/// One question of an upstream to an agent: `elicitation/create`, `sampling/createMessage` or `roots/list`.
package struct InputQuestion: Sendable {
    /// The upstream's own name for it within the round.
    package let key: String
    /// What an agent must have declared to be asked this.
    package let kinds: Set<AgentCapabilities.Kind>
    let request: JSONValue

    /// The longest address of a page, in bytes.
    private static let maximumURLBytes = 2048

    init(key: String, _ request: JSONValue) throws(CallResult.Defect) {
        kinds = try Self.needs(of: request)
        self.key = key
        self.request = request
    }

    private static func needs(of request: JSONValue) throws(CallResult.Defect) -> Set<AgentCapabilities.Kind> {
        let params = request.member("params")
        guard request.kind == .object, Lookalikes.find(in: request, of: ["method", "params"]) == nil,
            params == nil || params?.kind == .object
        else { throw .badMember }
        if request.member("method")?.isString("elicitation/create") == true {
            guard let mode = params?.member("mode"), !mode.isString("form") else { return [.elicitationForm] }
            guard mode.isString("url"), isPage(params?.member("url")?.string) else { throw .badMember }
            return [.elicitationURL]
        }
        if request.member("method")?.isString("sampling/createMessage") == true {
            return try samplingNeeds(params)
        }
        guard request.member("method")?.isString("roots/list") == true else { throw .badMember }
        return [.roots]
    }

    /// What a person may be asked to open: a page of the web, its address plain, without credentials in it.
    /// Source: MCP 2026-07-28, Client Features, Elicitation, "Safe URL Handling".
    private static func isPage(_ url: String?) -> Bool {
        guard let url, url.utf8.count <= maximumURLBytes, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return false
        }
        guard let scheme = ["https://", "http://"].first(where: { url.lowercased().hasPrefix($0) }) else {
            return false
        }
        let authority = url.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return !authority.isEmpty && !authority.contains("@") && !authority.contains("\\")
    }

    /// Tools and context are capabilities of their own. Source: MCP 2026-07-28, Client Features, "Sampling".
    private static func samplingNeeds(_ params: JSONValue?) throws(CallResult.Defect) -> Set<AgentCapabilities.Kind> {
        guard let params else { return [.sampling] }
        guard Lookalikes.find(in: params, of: ["tools", "toolChoice", "includeContext"]) == nil else {
            throw .lookalikeKey
        }
        var kinds: Set<AgentCapabilities.Kind> = [.sampling]
        if params.member("tools") != nil || params.member("toolChoice") != nil { kinds.insert(.samplingTools) }
        if let context = params.member("includeContext"), !context.isString("none") { kinds.insert(.samplingContext) }
        return kinds
    }

    /// The question as a request to an agent of the session era, under a number of ours.
    ///
    /// `elicitationId` is required there and does not exist in the modern era: ours then. Source: MCP 2025-11-25,
    /// Client Features, Elicitation.
    package func message(id: Int64) -> [UInt8] {
        var writer = Reply.open(id: .number(String(id)), capacity: 512)
        writer.member("method", string: request.member("method")?.string ?? "")
        if let params = request.member("params") {
            writer.key("params")
            writer.beginObject()
            for (key, value) in params.members where !key.hasSameBytes(as: "_meta") {
                writer.key(key)
                writer.value(value)
            }
            if kinds.contains(.elicitationURL), params.member("elicitationId") == nil {
                writer.member("elicitationId", string: "martlet-\(id)")
            }
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }
}

// MARK: - Answers

extension InputQuestion {
    /// Whether `answer` has the shape of an answer to this question. What it says is the upstream's business.
    package func accepts(_ answer: JSONValue) -> Bool {
        guard answer.kind == .object else { return false }
        if let kind = kinds.first(where: { $0 == .elicitationForm || $0 == .elicitationURL }) {
            return Self.isElicitation(answer, isForm: kind == .elicitationForm)
        }
        if kinds.contains(.roots) { return Self.areRoots(answer) }
        let content = answer.member("content")?.kind
        let role = answer.member("role")
        return (role?.isString("assistant") == true || role?.isString("user") == true)
            && answer.member("model")?.string != nil && (content == .object || content == .array)
    }

    /// A form's values are primitive, or lists of texts. Source: MCP 2025-11-25, schema, `ElicitResult`.
    private static func isElicitation(_ answer: JSONValue, isForm: Bool) -> Bool {
        guard Lookalikes.find(in: answer, of: ["action", "content"]) == nil, let action = answer.member("action"),
            action.isString("accept") || action.isString("decline") || action.isString("cancel")
        else { return false }
        guard let content = answer.member("content"), !content.isNull else { return true }
        guard content.kind == .object, isForm || content.count == 0 else { return false }
        return content.members.allSatisfy { _, value in
            switch value.kind {
            case .string, .number, .boolean: true
            case .array: value.elements.allSatisfy { $0.kind == .string }
            case .null, .object: false
            }
        }
    }

    private static func areRoots(_ answer: JSONValue) -> Bool {
        guard let roots = answer.member("roots"), roots.kind == .array else { return false }
        return roots.elements.allSatisfy { $0.member("uri")?.string != nil }
    }
}

/// What an agent says to one question of the session era.
package enum InputAnswer: Sendable {
    case result(JSONValue)
    case error(code: Int, message: String)

    /// Reads what stands under the question's key among the responses of a round: a result, or `{"error": …}` for an
    /// agent that could not answer.
    package init?(_ value: JSONValue?, to question: InputQuestion) {
        guard let value, value.kind == .object else { return nil }
        if value.count == 1, let error = value.member("error") {
            guard let code = error.member("code")?.integer, let message = error.member("message")?.string else {
                return nil
            }
            self = .error(code: Int(clamping: code), message: message.limited(to: 1024))
        } else {
            guard question.accepts(value) else { return nil }
            self = .result(value)
        }
    }

    /// What stands among the responses of a round for an agent that answered with an error.
    package static func refusal(code: Int64, message: String) -> JSONValue? {
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.key("error")
        writer.beginObject()
        writer.member("code", int: code)
        writer.member("message", string: message)
        writer.endObject()
        writer.endObject()
        do {
            return try JSONValue.parse(writer.bytes)
        } catch {
            return nil  // These are our own bytes.
        }
    }

    /// Whether `value` is one of those.
    package static func isRefusal(_ value: JSONValue) -> Bool { value.count == 1 && value.member("error") != nil }
}
