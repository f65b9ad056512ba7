package import MartletCore
import MartletJSON

/// What one stream of an agent hears: of each upstream behind its route a part of its own.
///
/// The parts are in the upstreams' own words. What is said to the agent is in those of its route: on `/mcp` a list is
/// that of all upstreams together, and a resource has its upstream's name before it.
package struct StreamFilter: Hashable, Sendable {
    package let naming: Naming
    package private(set) var parts: [UpstreamID: ListenFilter]
    /// The tasks that the agent asked for, by the ids it knows.
    private let handles: [String: TaskReference]

    /// `tasks` has the ids that the agent knows, each opened for it; they become part of what is wanted.
    package init(_ naming: Naming, _ parts: [UpstreamID: ListenFilter], tasks: [String: TaskReference] = [:]) {
        self.naming = naming
        self.parts = parts
        handles = tasks
        for task in tasks.values { self.parts[task.upstream, default: .init()].tasks.insert(task.upstreamID) }
    }

    /// What the agent calls a task, and what is known of it; nil when it did not ask for it.
    package func task(_ id: String, of upstream: UpstreamID) -> (handle: String, reference: TaskReference)? {
        let found = handles.first { $0.value.upstream == upstream && $0.value.upstreamID.hasSameBytes(as: id) }
        return found.map { ($0.key, $0.value) }
    }

    /// The calls that began the tasks of this stream, in order.
    package var taskCalls: [CallID] { handles.values.map(\.call).sorted { $0.rawValue < $1.rawValue } }

    package var taskIDs: Set<String> { Set(handles.keys) }

    /// What is wanted of one upstream; empty for one that the stream has nothing to do with.
    package subscript(upstream: UpstreamID) -> ListenFilter { parts[upstream] ?? ListenFilter() }

    package var upstreams: [UpstreamID] { parts.keys.sorted { $0.rawValue < $1.rawValue } }

    /// Bytes of all URIs and of the upstreams' names of tasks: what each upstream is told anew with every change.
    package var resourceBytes: Int {
        let tasks = handles.values.reduce(0) { $0 + $1.upstreamID.utf8.count }
        return parts.values.reduce(tasks) { sum, part in part.resources.reduce(sum) { $0 + $1.rawValue.utf8.count } }
    }

    package var isEmpty: Bool { parts.values.allSatisfy(\.isEmpty) }

    package func covers(_ change: Change, of upstream: UpstreamID) -> Bool { parts[upstream]?.covers(change) ?? false }

    /// A list is of a route: a change of it may be about any upstream.
    package func covers(_ heard: HeardChange) -> Bool {
        if let upstream = heard.upstream { return covers(heard.change, of: upstream) }
        return parts.values.contains { $0.covers(heard.change) }
    }

    /// The lists whose changes are told, of whichever upstream.
    package var lists: [ListedKind] {
        ListedKind.allCases.filter { kind in parts.values.contains { $0.lists.contains(kind) } }
    }

    /// The resources as the agent names them, by their bytes.
    package var resources: [String] {
        parts.flatMap { upstream, part in
            part.resources.map { naming.spelling(of: upstream)($0.rawValue) }
        }.sorted()
    }

    /// A session has subscribed to other resources of an upstream that this stream hears.
    package mutating func replaceResources(_ resources: Set<ResourceURI>, of upstream: UpstreamID) {
        parts[upstream]?.resources = resources
    }

    func write(to writer: inout JSONWriter) { ListenFilter.write(lists, resources, handles.keys.sorted(), to: &writer) }
}

/// A change as one stream tells it: with its upstream, unless it is that of a list, of which a route has one.
package struct HeardChange: Hashable, Sendable {
    package let change: Change
    package let upstream: UpstreamID?

    package init(_ change: Change, of upstream: UpstreamID) {
        self.change = change
        self.upstream =
            switch change {
            case .list: nil
            case .updated, .task: upstream
            }
    }

    /// The notification for an agent; `subscription` names its stream in the modern era.
    package func message(on subscription: RequestID?, _ naming: Naming) -> [UInt8] {
        change.message(on: subscription, as: upstream.map(naming.spelling) ?? .verbatim)
    }
}
