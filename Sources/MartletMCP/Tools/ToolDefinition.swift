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

    /// Reads one element of `tools`; throws when it is not acceptable.
    package init(_ value: JSONValue) throws(ToolDefect) {
        guard value.kind == .object else { throw .notAnObject }
        guard Lookalikes.find(in: value, of: Self.members) == nil else { throw .lookalikeMember }
        guard let name = value.member("name")?.string.flatMap(ToolName.init) else { throw .invalidName }
        guard let schema = value.member("inputSchema"), schema.kind == .object else { throw .invalidSchema }
        guard let headers = ParameterHeaders(inputSchema: schema) else { throw .invalidHeader }
        guard let digest = Self.digest(of: value) else { throw .ambiguous }
        self.name = name
        self.value = value
        self.digest = digest
        parameterHeaders = headers
    }

    /// A definition that was read before, and now stands in another document in the same bytes; nil when it does not.
    init?(_ value: JSONValue, readBeforeAs known: ToolDefinition) {
        guard value.isWritten(like: known.value) else { return nil }
        name = known.name
        self.value = value
        digest = known.digest
        parameterHeaders = known.parameterHeaders
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

    /// Writes the definition for an agent, under another name where its route has one; legacy agents take only output
    /// schemas of objects.
    func write(to writer: inout JSONWriter, era: ProtocolEra, as name: String? = nil) {
        let output = value.member("outputSchema")
        let hidesOutput = era == .legacy && output != nil && output?.member("type")?.isString("object") != true
        guard hidesOutput || name != nil else { return writer.value(value) }
        writer.beginObject()
        for (key, member) in value.members where !hidesOutput || key != "outputSchema" {
            writer.key(key)
            if let name, key.hasSameBytes(as: "name") { writer.string(name) } else { writer.value(member) }
        }
        writer.endObject()
    }
}

/// One page of an upstream's `tools/list`.
package struct ToolPage: Sendable {
    package let tools: [ToolDefinition]
    /// The elements that could not be read as a tool.
    package let leftOut: [LeftOutTool]
    package let nextCursor: String?
    /// What was read.
    package let result: JSONValue

    /// Reads the result of `tools/list`; nil when it is no list of tools at all.
    ///
    /// Of `known`, an earlier page, every definition is taken over that stands here in the same bytes.
    package init?(_ result: JSONValue, after known: ToolPage? = nil) {
        guard let page = PageFrame(result, member: "tools") else { return nil }
        self.result = result
        nextCursor = page.nextCursor
        var reading = ToolReading(known: known?.tools ?? [])
        tools = page.elements.compactMap { reading.tool($0) }
        leftOut = reading.leftOut
    }
}

/// Reads definitions in order, beside those that were read before.
private struct ToolReading {
    let known: [ToolDefinition]
    private(set) var leftOut: [LeftOutTool] = []
    private var next = 0
    /// How far a definition may have moved up and still be found.
    private static let reach = 4

    init(known: [ToolDefinition]) { self.known = known }

    mutating func tool(_ value: JSONValue) -> ToolDefinition? {
        for index in next..<min(next + Self.reach, known.count) {
            guard let tool = ToolDefinition(value, readBeforeAs: known[index]) else { continue }
            next = index + 1
            return tool
        }
        do throws(ToolDefect) {
            let tool = try ToolDefinition(value)
            if next < known.count, tool.name == known[next].name { next += 1 }
            return tool
        } catch {
            leftOut.append(LeftOutTool(value, error))
            return nil
        }
    }
}

/// All tools of an upstream, gathered page by page.
package struct ToolCatalog: Sendable {
    /// In the upstream's order, each name once.
    package private(set) var tools: [ToolDefinition] = []
    package private(set) var leftOut: [LeftOutTool] = []
    private var seen: Set<ToolName> = []

    package init() {}

    /// Adds a page. A name that appears twice loses all its definitions: nobody could say which one was approved.
    package mutating func add(_ page: ToolPage) {
        leftOut += page.leftOut
        for tool in page.tools {
            if seen.insert(tool.name).inserted {
                tools.append(tool)
            } else {
                let same = tools.filter { $0.name == tool.name } + [tool]
                tools.removeAll { $0.name == tool.name }
                leftOut += same.map { LeftOutTool($0.value, .repeatedName) }
            }
        }
    }
}
