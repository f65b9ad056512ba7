import MartletJSON

/// Inside results, the URIs that an agent would send back.
///
/// Resources that were read, and the embedded resources and links of tools and prompts. Everything else stays as the
/// upstream wrote it: texts, structured content, `_meta`, names and titles for people.
extension Spelling {
    /// Writes one member of the result of `method`, its key first.
    func write(_ key: String, _ member: JSONValue, of method: Method, to writer: inout JSONWriter) {
        writer.key(key)
        guard !isVerbatim, member.kind == .array else { return writer.value(member) }
        switch method {
        case .callTool where key.hasSameBytes(as: "content"): write(member, to: &writer, block)
        case .getPrompt where key.hasSameBytes(as: "messages"): write(member, to: &writer, message)
        case .readResource where key.hasSameBytes(as: "contents"): write(member, to: &writer, resource)
        default: writer.value(member)
        }
    }

    private func write(
        _ array: JSONValue, to writer: inout JSONWriter, _ element: (JSONValue, inout JSONWriter) -> Void
    ) {
        writer.beginArray()
        for value in array.elements { element(value, &writer) }
        writer.endArray()
    }

    private func message(_ value: JSONValue, to writer: inout JSONWriter) {
        write(value, "content", to: &writer) { content, writer in
            if content.kind == .array { write(content, to: &writer, block) } else { block(content, to: &writer) }
        }
    }

    /// One block of content: text, image, audio, a link to a resource, or a resource with its content.
    private func block(_ value: JSONValue, to writer: inout JSONWriter) {
        if value.member("type")?.isString("resource_link") == true { return resource(value, to: &writer) }
        guard value.member("type")?.isString("resource") == true else { return writer.value(value) }
        write(value, "resource", to: &writer, resource)
    }

    private func resource(_ value: JSONValue, to writer: inout JSONWriter) {
        write(value, "uri", to: &writer) { uri, writer in
            if let text = uri.string { writer.string(self(text)) } else { writer.value(uri) }
        }
    }

    /// Writes `value` with one member of it written by `replace`; anything but an object as it is.
    func write(
        _ value: JSONValue, _ name: String, to writer: inout JSONWriter,
        _ replace: (JSONValue, inout JSONWriter) -> Void
    ) {
        guard value.kind == .object else { return writer.value(value) }
        writer.beginObject()
        for (key, member) in value.members {
            writer.key(key)
            if key.hasSameBytes(as: name) { replace(member, &writer) } else { writer.value(member) }
        }
        writer.endObject()
    }
}
