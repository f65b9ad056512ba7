package import MartletJSON

/// A result by which an upstream asks back (`resultType: "input_required"`), checked before any of it is relayed.
///
/// Source: MCP 2026-07-28, Base Protocol, "Multi Round-Trip Requests".
package struct InputRequired: Sendable {
    /// The upstream's own `requestState`; nil when it gave none.
    package let state: String?
    /// What an agent must have declared for all of the questions.
    package let needs: AgentCapabilities
    private let requests: JSONValue?

    /// The longest state of an upstream that is carried, in bytes.
    static let maximumStateBytes = 65_536

    /// Nil when the result does not ask back at all.
    package init?(_ value: JSONValue) throws(CallResult.Defect) {
        guard value.kind == .object, value.member("resultType")?.isString("input_required") == true else { return nil }
        guard Lookalikes.find(in: value, of: ["resultType", "inputRequests", "requestState"]) == nil else {
            throw .lookalikeKey
        }
        requests = value.member("inputRequests")
        let stated = value.member("requestState")
        state = stated?.string
        guard requests != nil || stated != nil, requests == nil || requests?.kind == .object,
            stated == nil || (state?.utf8.count ?? .max) <= Self.maximumStateBytes
        else { throw .badMember }
        needs = try Self.needs(of: requests ?? .emptyObject)
    }

    /// What an agent must have declared for all of `requests`.
    static func needs(of requests: JSONValue) throws(CallResult.Defect) -> AgentCapabilities {
        var kinds: Set<AgentCapabilities.Kind> = []
        for (_, request) in requests.members { kinds.formUnion(try kind(of: request)) }
        return AgentCapabilities(kinds)
    }

    /// What an agent would have to declare that it did not; nil when it declared everything.
    package func missing(from agent: AgentCapabilities) -> AgentCapabilities? { needs.missing(from: agent) }

    private static func kind(of request: JSONValue) throws(CallResult.Defect) -> Set<AgentCapabilities.Kind> {
        let params = request.member("params")
        guard request.kind == .object, Lookalikes.find(in: request, of: ["method", "params"]) == nil,
            params == nil || params?.kind == .object
        else { throw .badMember }
        if request.member("method")?.isString("elicitation/create") == true {
            guard let mode = params?.member("mode"), !mode.isString("form") else { return [.elicitationForm] }
            guard mode.isString("url") else { throw .badMember }
            return [.elicitationURL]
        }
        if request.member("method")?.isString("sampling/createMessage") == true {
            return try samplingNeeds(params)
        }
        guard request.member("method")?.isString("roots/list") == true else { throw .badMember }
        return [.roots]
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

    fileprivate func write(state: String, to writer: inout JSONWriter) {
        writer.member("resultType", string: "input_required")
        if let requests { writer.member("inputRequests", value: requests) }
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
