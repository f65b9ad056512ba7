package import MartletCore
package import MartletJSON

/// One tool as an upstream offers it: every field as received.
package struct ToolDefinition: Sendable {
    package let name: ToolName
    package let value: JSONValue
    /// SHA-256 of the RFC 8785 bytes of `value`: what a model is shown. It changes when anything in it changes.
    package let digest: Digest
    /// Which arguments travel in `Mcp-Param-*` headers too.
    package let parameterHeaders: ParameterHeaders

    /// Reads one element of `tools`; nil when its name, its schema or its header annotations are not acceptable.
    package init?(_ value: JSONValue) {
        guard value.kind == .object, Lookalikes.find(in: value, of: Self.members) == nil,
            let name = value.member("name")?.string.flatMap(ToolName.init),
            let schema = value.member("inputSchema"), schema.kind == .object,
            let headers = ParameterHeaders(inputSchema: schema), let digest = Self.digest(of: value)
        else { return nil }
        self.name = name
        self.value = value
        self.digest = digest
        parameterHeaders = headers
    }

    private static let members = [
        "name", "title", "description", "inputSchema", "outputSchema", "annotations", "_meta",
    ]

    private static func digest(of value: JSONValue) -> Digest? {
        do {
            return Digest(of: try value.canonical())
        } catch {
            return nil  // A definition without one reading cannot be pinned, so it is not offered.
        }
    }

    /// Writes the definition for an agent; legacy agents take only output schemas of objects.
    func write(to writer: inout JSONWriter, era: ProtocolEra) {
        let output = value.member("outputSchema")
        guard era == .legacy, let output, output.member("type")?.isString("object") != true else {
            return writer.value(value)
        }
        writer.beginObject()
        for (key, member) in value.members where key != "outputSchema" {
            writer.key(key)
            writer.value(member)
        }
        writer.endObject()
    }
}

/// One page of an upstream's `tools/list`.
package struct ToolPage: Sendable {
    package let tools: [ToolDefinition]
    /// How many elements were left out because they could not be read as a tool.
    package let dropped: Int
    package let nextCursor: String?

    /// Reads the result of `tools/list`; nil when it is no list of tools at all.
    package init?(_ result: JSONValue) {
        guard let page = PageFrame(result, member: "tools") else { return nil }
        nextCursor = page.nextCursor
        tools = page.elements.compactMap(ToolDefinition.init)
        dropped = page.elements.count - tools.count
    }
}

/// All tools of an upstream, gathered page by page.
package struct ToolCatalog: Sendable {
    /// In the upstream's order, each name once.
    package private(set) var tools: [ToolDefinition] = []
    package private(set) var dropped = 0
    private var seen: Set<ToolName> = []

    package init() {}

    /// Adds a page. A name that appears twice loses all its definitions: nobody could say which one was approved.
    package mutating func add(_ page: ToolPage) {
        dropped += page.dropped
        for tool in page.tools {
            if seen.insert(tool.name).inserted {
                tools.append(tool)
            } else {
                let before = tools.count
                tools.removeAll { $0.name == tool.name }
                dropped += 1 + before - tools.count
            }
        }
    }
}
