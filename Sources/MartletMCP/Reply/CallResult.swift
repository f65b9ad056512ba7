package import MartletJSON

/// The result object of one call as an upstream gave it, checked for the members every reader relies on.
package struct CallResult: Sendable {
    /// Why a result cannot be handed on; raw values go into outcome records.
    package enum Defect: String, Error, Hashable, Sendable, CaseIterable {
        case notAnObject = "result_not_an_object"
        case lookalikeKey = "result_lookalike_key"
        case noContent = "result_without_content"
        case badMember = "result_with_bad_member"
        /// The upstream asks for input (`input_required`): this release cannot carry the question to a person.
        case inputRequired = "result_input_required"
        /// Neither `complete` nor `input_required`: invalid by the specification.
        case unknownType = "result_type_unknown"
    }

    package let value: JSONValue
    /// A tool ran and says that it failed.
    package let isError: Bool
    private let method: Method

    /// Reads the result of `method`. An absent `resultType` means complete. Source: MCP 2026-07-28, Base Protocol,
    /// "Result Types".
    package init(_ value: JSONValue, of method: Method = .callTool) throws(Defect) {
        guard value.kind == .object else { throw .notAnObject }
        guard Lookalikes.find(in: value, of: Self.members) == nil else { throw .lookalikeKey }
        try Self.checkType(value.member("resultType"))
        guard Self.hasContent(value, of: method) else { throw .noContent }
        if let meta = value.member("_meta"), meta.kind != .object { throw .badMember }
        if let flag = value.member("isError"), flag.bool == nil { throw .badMember }
        self.value = value
        self.method = method
        isError = value.member("isError")?.bool ?? false
    }

    private static let members = [
        "content", "structuredContent", "isError", "resultType", "_meta", "messages", "contents", "completion",
    ]

    /// The one member that a result of the method is about.
    private static func hasContent(_ value: JSONValue, of method: Method) -> Bool {
        switch method {
        case .callTool: value.member("content")?.kind == .array
        case .getPrompt: value.member("messages")?.kind == .array
        case .readResource: value.member("contents")?.kind == .array
        case .complete: value.member("completion")?.kind == .object
        case .listTools, .listResources, .listResourceTemplates, .listPrompts, .subscribe, .unsubscribe, .setLevel,
            .ping, .initialize, .discover, .listen, .getTask, .updateTask, .cancelTask, .initialized, .cancelled,
            .progress, .rootsListChanged:
            true
        }
    }

    private static func checkType(_ type: JSONValue?) throws(Defect) {
        guard let type else { return }
        if type.isString("input_required") { throw .inputRequired }
        guard type.isString("complete") else { throw .unknownType }
    }

    /// Writes the members of the result object.
    func write(
        to writer: inout JSONWriter, era: ProtocolEra, spelling: Spelling, meta: (inout JSONWriter) -> Void
    ) {
        if keepsCaching(era), spelling.isVerbatim {
            // Nothing is said in another way than the upstream's.
            writer.members(of: value, except: ["resultType", "_meta"])
        } else {
            writeMembers(to: &writer, era: era, spelling: spelling)
        }
        Reply.writeType(era, to: &writer)
        if era == .modern, method == .readResource { Reply.writeCaching(milliseconds: 0, to: &writer) }
        writer.key("_meta")
        writer.beginObject()
        Self.writeMeta(of: value, to: &writer)
        meta(&writer)
        writer.endObject()
    }

    private func writeMembers(to writer: inout JSONWriter, era: ProtocolEra, spelling: Spelling) {
        for (key, member) in value.members where key != "resultType" && key != "_meta" {
            if era == .legacy, key == "structuredContent", member.kind != .object {
                writeWrapped(member, to: &writer)
            } else if keepsCaching(era) || key != "ttlMs" && key != "cacheScope" {
                spelling.write(key, member, of: method, to: &writer)
            }
        }
    }

    /// What an upstream says about caching holds for us, not for an agent that was let through by a grant.
    private func keepsCaching(_ era: ProtocolEra) -> Bool { era == .modern && method != .readResource }

    /// Legacy clients take only objects as `structuredContent`.
    private func writeWrapped(_ member: JSONValue, to writer: inout JSONWriter) {
        writer.key("structuredContent")
        writer.beginObject()
        writer.member("result", value: member)
        writer.endObject()
    }

    /// Inside `_meta`: what an upstream may say there.
    static func writeMeta(of value: JSONValue, to writer: inout JSONWriter) {
        guard let meta = value.member("_meta") else { return }
        for (key, member) in meta.members where !isReserved(key) {
            writer.key(key)
            writer.value(member)
        }
    }

    /// An upstream may say which server it is; it may not speak as the gateway.
    private static func isReserved(_ key: String) -> Bool {
        !key.hasSameBytes(as: MetaKey.serverInfo.description) && MetaKey.reserved.contains { key.hasHeaderPrefix($0) }
    }
}
