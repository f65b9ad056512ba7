package import MartletCore
package import MartletJSON

/// What a `subscriptions/listen` asks for.
package struct ListenRequest: Sendable {
    package let id: RequestID
    package let lists: Set<ListedKind>
    /// The resources of each upstream that is named, whether or not there is one of that name.
    package let resources: [UpstreamID: Set<ResourceURI>]
    /// Tasks by the ids that we gave out, or by anything.
    package let tasks: Set<String>
    /// What names no resource, or none of our alphabet: nobody can hold a grant of it.
    package let unreadable: [String]
}

extension MCPRequest {
    /// `upstream` is that of the route, nil where names say it. Source: MCP 2026-07-28, Subscriptions, "Listening".
    package func listen(
        _ naming: Naming, of upstream: UpstreamID?, maximumResources: Int
    ) throws(ProtocolError) -> ListenRequest {
        guard let id, let stated = params?.member("notifications"), let filter = ListenFilter(stated) else {
            throw .invalidParams("params.notifications must be a filter of notifications", era: era, id: id)
        }
        let counts = ["resourceSubscriptions", "taskIds"].map { stated[$0]?.count ?? 0 }
        guard counts.allSatisfy({ $0 <= maximumResources }) else {
            throw .invalidParams("at most \(maximumResources) of a kind can be subscribed to", era: era, id: id)
        }
        guard filter.tasks.isEmpty || AgentCapabilities(clientCapabilities).kinds.contains(.tasks) else {
            throw .missingCapability(AgentCapabilities([.tasks]), id: id)
        }
        var resources: [UpstreamID: Set<ResourceURI>] = [:]
        var unreadable: [String] = []
        for text in stated.member("resourceSubscriptions")?.elements.compactMap(\.string) ?? [] {
            if let (named, name) = naming.read(text), let owner = named ?? upstream, let uri = ResourceURI(name) {
                resources[owner, default: []].insert(uri)
            } else {
                unreadable.append(text)
            }
        }
        return ListenRequest(
            id: id, lists: filter.lists, resources: resources, tasks: filter.tasks, unreadable: unreadable)
    }
}

extension ListenRequest {
    /// The resources and tasks that a stream with this filter does not tell of, as the agent named them.
    package func refused(by filter: StreamFilter) -> [String] {
        let known = resources.flatMap { upstream, uris in
            uris.subtracting(filter[upstream].resources).map { filter.naming.spelling(of: upstream)($0.rawValue) }
        }
        return known.sorted() + unreadable + tasks.subtracting(filter.taskIDs).sorted()
    }
}

extension Reply {
    /// The first message of a stream: what of the request was accepted; `degraded` names the upstreams that cannot be
    /// heard now.
    package static func acknowledged(
        _ filter: StreamFilter, subscription: RequestID, degraded: [DegradedUpstream] = []
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("jsonrpc", string: "2.0")
        writer.member("method", string: "notifications/subscriptions/acknowledged")
        writer.key("params")
        writer.beginObject()
        writer.writeSubscription(subscription) { if !degraded.isEmpty { write(degraded, to: &$0) } }
        writer.key("notifications")
        filter.write(to: &writer)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// The last message of a stream that ends in order.
    package static func listenEnded(subscription: RequestID) -> [UInt8] {
        result(id: subscription) { writer in
            writeType(.modern, to: &writer)
            writer.writeSubscription(subscription)
        }
    }
}

extension UpstreamRequest {
    /// Opens a stream at a modern upstream.
    package static func listen(id: Int64, _ filter: ListenFilter, _ dialect: UpstreamDialect) -> OutboundMessage {
        message(.listen, id: id, dialect) { writer in
            writer.key("notifications")
            filter.write(to: &writer)
            var extras = CallExtras()
            if !filter.tasks.isEmpty {
                extras.input = CallInput()
                extras.input?.capabilities = AgentCapabilities([.tasks]).value
            }
            writeMeta(dialect, extras, to: &writer)
        }
    }

    /// Subscribes to a resource at an upstream of the session era, or ends that.
    package static func subscribe(
        _ method: Method, id: Int64, _ uri: ResourceURI, _ dialect: UpstreamDialect
    ) -> OutboundMessage {
        message(method, id: id, dialect) { writer in writer.member("uri", string: uri.rawValue) }
    }
}

/// What comes on the stream that our `subscriptions/listen` opened.
package enum ListenMessage: Sendable {
    /// What the upstream will tell.
    case acknowledged(ListenFilter)
    case changed(Change)

    /// Reads a notification on the stream of our request `number`; nil for one that does not say so.
    package init?(method: String, params: JSONValue?, ofRequest number: Int64) {
        let stated = params?.member("_meta")?.member(MetaKey.subscriptionID)
        guard stated?.integer == number else { return nil }
        if method.hasSameBytes(as: "notifications/subscriptions/acknowledged") {
            guard let filter = params?.member("notifications").flatMap(ListenFilter.init) else { return nil }
            self = .acknowledged(filter)
        } else if let change = Change(method: method, params: params) {
            self = .changed(change)
        } else {
            return nil
        }
    }
}
