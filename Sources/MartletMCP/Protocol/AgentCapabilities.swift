package import MartletJSON

/// What an agent declares that it can be asked, as far as the gateway can carry the question.
///
/// Towards an upstream exactly this is declared: more could not be delivered, less would make the upstream refuse.
/// Source: MCP 2026-07-28, Client Features; ADR-0009.
package struct AgentCapabilities: Hashable, Sendable {
    /// One kind of question, with the sub-feature it needs. Raw values stand in records: never renamed.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case elicitationForm = "elicitation.form"
        case elicitationURL = "elicitation.url"
        case sampling
        case samplingTools = "sampling.tools"
        case samplingContext = "sampling.context"
        case roots
        /// Not a question, but declared and passed on like one: extension `io.modelcontextprotocol/tasks`.
        case tasks
    }

    package let kinds: Set<Kind>

    /// Reads `clientCapabilities`. An elicitation without modes is one of forms.
    package init(_ stated: JSONValue?) {
        var kinds: Set<Kind> = []
        if let elicitation = stated?.member("elicitation"), elicitation.kind == .object {
            if elicitation.member("url") != nil { kinds.insert(.elicitationURL) }
            if elicitation.member("form") != nil || elicitation.count == 0 { kinds.insert(.elicitationForm) }
        }
        if let sampling = stated?.member("sampling"), sampling.kind == .object {
            kinds.insert(.sampling)
            if sampling.member("tools") != nil { kinds.insert(.samplingTools) }
            if sampling.member("context") != nil { kinds.insert(.samplingContext) }
        }
        if stated?.member("roots")?.kind == .object { kinds.insert(.roots) }
        if Self.namesTasks(stated) { kinds.insert(.tasks) }
        self.kinds = kinds
    }

    package init(_ kinds: Set<Kind>) { self.kinds = kinds }

    /// Everything that can be relayed at all.
    package static let all = AgentCapabilities(Set(Kind.allCases))

    /// What of these `agent` did not declare; nil when it declared everything.
    package func missing(from agent: AgentCapabilities) -> AgentCapabilities? {
        let missing = kinds.subtracting(agent.kinds)
        return missing.isEmpty ? nil : AgentCapabilities(missing)
    }

    /// The same as JSON in our own bytes; nil when there is nothing.
    package var value: JSONValue? {
        guard !kinds.isEmpty else { return nil }
        var writer = JSONWriter(capacity: 128)
        write(to: &writer)
        do {
            return try JSONValue.parse(writer.bytes)
        } catch {
            return nil  // These are our own bytes.
        }
    }

    package var isEmpty: Bool { kinds.isEmpty }

    /// As records and texts name them, in one order.
    package var names: [String] { Kind.allCases.filter(kinds.contains).map(\.rawValue) }

    /// Whether capabilities, an agent's or a server's, name the extension.
    static func namesTasks(_ stated: JSONValue?) -> Bool {
        stated?.member("extensions")?.member(MetaKey.tasks)?.kind == .object
    }

    /// Writes the capabilities as an object, nothing of the agent's own bytes in it.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        group("elicitation", [("form", .elicitationForm), ("url", .elicitationURL)], to: &writer)
        if kinds.contains(.sampling) || kinds.contains(.samplingTools) || kinds.contains(.samplingContext) {
            let parts: [(StaticString, Kind)] = [("tools", .samplingTools), ("context", .samplingContext)]
            write("sampling", parts, to: &writer)
        }
        if kinds.contains(.roots) { write("roots", [], to: &writer) }
        if kinds.contains(.tasks) { Self.writeTasks(to: &writer) }
        writer.endObject()
    }

    /// `extensions` with the one that is carried. Source: extension `io.modelcontextprotocol/tasks`, "Capability Negotiation".
    static func writeTasks(to writer: inout JSONWriter) {
        writer.key("extensions")
        writer.beginObject()
        writer.key(MetaKey.tasks)
        writer.beginObject()
        writer.endObject()
        writer.endObject()
    }

    private func group(_ name: StaticString, _ parts: [(StaticString, Kind)], to writer: inout JSONWriter) {
        if parts.contains(where: { kinds.contains($0.1) }) { write(name, parts, to: &writer) }
    }

    private func write(_ name: StaticString, _ parts: [(StaticString, Kind)], to writer: inout JSONWriter) {
        writer.key(name)
        writer.beginObject()
        for (part, kind) in parts where kinds.contains(kind) {
            writer.key(part)
            writer.beginObject()
            writer.endObject()
        }
        writer.endObject()
    }
}
