package import MartletJSON

extension Reply {
    /// Answers `tools/list` with exactly `tools`, on one page, in the order given.
    ///
    /// `lifetime` is how long a modern client may keep the list, in milliseconds: never longer than the shortest grant
    /// or the target time of a revocation.
    package static func toolList(
        to request: MCPRequest, id: RequestID, tools: [ToolDefinition], lifetime: Int = 0
    ) -> [UInt8] {
        result(id: id) { writer in
            writeType(request.era, to: &writer)
            writer.key("tools")
            writer.beginArray()
            for tool in tools { tool.write(to: &writer, era: request.era) }
            writer.endArray()
            if request.era == .modern { writeCaching(milliseconds: lifetime, to: &writer) }
        }
    }

    /// Answers a list of prompts, resources or templates with exactly `items`, every field as the upstream wrote it, on
    /// one page.
    package static func list(
        to request: MCPRequest, id: RequestID, of kind: ListKind, items: [ListItem]
    ) -> [UInt8] {
        result(id: id) { writer in
            writeType(request.era, to: &writer)
            writer.key(kind.member)
            writer.beginArray()
            for item in items { writer.value(item.value) }
            writer.endArray()
            if request.era == .modern { writeCaching(milliseconds: 0, to: &writer) }
        }
    }

    /// Answers a call with what the upstream gave, made fit for the agent's era.
    ///
    /// `meta` adds members to `_meta`; names reserved for gateways are removed from what the upstream sent. URIs are
    /// spelled as on the route of the request.
    package static func callResult(
        to request: MCPRequest, id: RequestID, _ result: CallResult, spelling: Spelling = .verbatim,
        meta: (inout JSONWriter) -> Void = { _ in }
    ) -> [UInt8] {
        Reply.result(id: id, room: result.value.writtenCount + 512) { writer in
            result.write(to: &writer, era: request.era, spelling: spelling, meta: meta)
        }
    }

    /// Answers `tools/call` with a failure the model can read: a denial, a needed approval, an upstream out of reach.
    package static func toolError(
        to request: MCPRequest, id: RequestID, text: String, meta: (inout JSONWriter) -> Void = { _ in }
    ) -> [UInt8] {
        result(id: id) { writer in
            writer.key("content")
            writer.beginArray()
            writer.beginObject()
            writer.member("type", string: "text")
            writer.member("text", string: text)
            writer.endObject()
            writer.endArray()
            writer.member("isError", bool: true)
            writeType(request.era, to: &writer)
            writer.key("_meta")
            writer.beginObject()
            meta(&writer)
            writer.endObject()
        }
    }
}
