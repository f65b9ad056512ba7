package import MartletCore
import MartletJSON

/// One element of a list of the aggregated route, named as it is called there.
package struct AggregatedItem: Sendable {
    private enum Content: Sendable {
        case tool(ToolDefinition)
        case other(ListItem, ListKind)
    }

    /// How the route spells it.
    package let name: String
    private let content: Content

    /// Nil when the name would be longer than one may be: an agent could not call it.
    package init?(_ tool: ToolDefinition, of upstream: UpstreamID) {
        name = Spelling.aggregated(upstream)(tool.name.rawValue)
        guard name.utf8.count <= Naming.maximumBytes else { return nil }
        content = .tool(tool)
    }

    /// Nil as for tools; URIs have no such limit.
    package init?(_ item: ListItem, _ kind: ListKind, of upstream: UpstreamID) {
        name = Spelling.aggregated(upstream)(item.subject.text)
        guard item.subject.isResource || name.utf8.count <= Naming.maximumBytes else { return nil }
        content = .other(item, kind)
    }

    fileprivate func write(to writer: inout JSONWriter, era: ProtocolEra) {
        switch content {
        case .tool(let tool): tool.write(to: &writer, era: era, as: name)
        case .other(let item, let kind):
            Spelling.verbatim.write(item.value, kind.nameMember, to: &writer) { _, writer in writer.string(name) }
        }
    }
}

extension Reply {
    /// Answers a list of the aggregated route with exactly `items`, on one page, in the order given; `degraded` names
    /// the upstreams that are missing from it.
    package static func list(
        to request: MCPRequest, id: RequestID, member: StaticString, items: [AggregatedItem],
        degraded: [DegradedUpstream]
    ) -> [UInt8] {
        result(id: id) { writer in
            writeType(request.era, to: &writer)
            writer.key(member)
            writer.beginArray()
            for item in items { item.write(to: &writer, era: request.era) }
            writer.endArray()
            if request.era == .modern { writeCaching(milliseconds: 0, to: &writer) }
            if !degraded.isEmpty {
                writer.key("_meta")
                writer.beginObject()
                write(degraded, to: &writer)
                writer.endObject()
            }
        }
    }

    /// Writes the member of `_meta` that names upstreams which could not be asked.
    static func write(_ degraded: [DegradedUpstream], to writer: inout JSONWriter) {
        writer.key(MetaKey.degraded)
        writer.beginArray()
        for upstream in degraded {
            writer.beginObject()
            writer.member("upstream", string: upstream.id.rawValue)
            writer.member("reason", string: upstream.reason.rawValue)
            writer.endObject()
        }
        writer.endArray()
    }
}
