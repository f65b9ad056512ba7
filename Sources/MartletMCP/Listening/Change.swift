package import MartletCore
package import MartletJSON

/// A list of a server that can change while nobody asks for it.
package enum ListedKind: String, Hashable, Sendable, CaseIterable {
    case tools
    case prompts
    case resources

    /// The notification that says so.
    package var notification: String { "notifications/\(rawValue)/list_changed" }

    /// The member of a filter that asks for it.
    var filterMember: StaticString {
        switch self {
        case .tools: "toolsListChanged"
        case .prompts: "promptsListChanged"
        case .resources: "resourcesListChanged"
        }
    }

    package var feature: ServerFeature {
        switch self {
        case .tools: .tools
        case .prompts: .prompts
        case .resources: .resources
        }
    }
}

/// One thing a server tells while nobody calls: what changed, never what it became.
///
/// Nothing else of a standing stream is ever handed on, and nothing of an upstream's bytes but the URI, which somebody
/// here has asked for. Source: MCP 2026-07-28, Subscriptions; MCP 2025-11-25, Tools, Prompts and Resources.
package enum Change: Hashable, Sendable {
    case list(ListedKind)
    case updated(ResourceURI)
    /// Told only as a look at the task, decided and recorded.
    case task(TaskChange)

    /// Reads a notification; nil for everything else.
    package init?(method: String, params: JSONValue?) {
        if let kind = ListedKind.allCases.first(where: { $0.notification.hasSameBytes(as: method) }) {
            self = .list(kind)
        } else if method.hasSameBytes(as: Self.updatedMethod), let params,
            Lookalikes.find(in: params, of: ["uri", "_meta"]) == nil,
            let uri = params.member("uri")?.string.flatMap(ResourceURI.init)
        {
            self = .updated(uri)
        } else if method.hasSameBytes(as: TaskChange.method), let change = TaskChange(params) {
            self = .task(change)
        } else {
            return nil
        }
    }

    /// The notification of a list or a resource for an agent; `subscription` names its stream in the modern era.
    package func message(on subscription: RequestID?, as spelling: Spelling = .verbatim) -> [UInt8] {
        var writer = JSONWriter(capacity: 192)
        writer.beginObject()
        writer.member("jsonrpc", string: "2.0")
        writer.member("method", string: method)
        if subscription != nil || uri != nil {
            writer.key("params")
            writer.beginObject()
            if let subscription { writer.writeSubscription(subscription) }
            if let uri { writer.member("uri", string: spelling(uri.rawValue)) }
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }

    private static let updatedMethod = "notifications/resources/updated"

    private var method: String {
        switch self {
        case .list(let kind): kind.notification
        case .updated: Self.updatedMethod
        case .task: TaskChange.method
        }
    }

    private var uri: ResourceURI? {
        switch self {
        case .list, .task: nil
        case .updated(let uri): uri
        }
    }
}

extension JSONWriter {
    /// `_meta` with the name of the stream, and `more`.
    mutating func writeSubscription(_ subscription: RequestID, more: (inout JSONWriter) -> Void = { _ in }) {
        key("_meta")
        beginObject()
        key(MetaKey.subscriptionID)
        subscription.write(to: &self)
        more(&self)
        endObject()
    }
}
