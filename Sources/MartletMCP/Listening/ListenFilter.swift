package import MartletCore
package import MartletJSON

/// What somebody wants to hear of a server while nobody calls.
package struct ListenFilter: Hashable, Sendable {
    package var lists: Set<ListedKind>
    package var resources: Set<ResourceURI>
    /// Tasks, by the ids of whom this is asked.
    package var tasks: Set<String>

    package init(lists: Set<ListedKind> = [], resources: Set<ResourceURI> = [], tasks: Set<String> = []) {
        self.lists = lists
        self.resources = resources
        self.tasks = tasks
    }

    package var isEmpty: Bool { lists.isEmpty && resources.isEmpty && tasks.isEmpty }

    package func covers(_ change: Change) -> Bool {
        switch change {
        case .list(let kind): lists.contains(kind)
        case .updated(let uri): resources.contains(uri)
        case .task(let change): tasks.contains(change.upstreamID)
        }
    }

    package mutating func formUnion(_ other: ListenFilter) {
        lists.formUnion(other.lists)
        resources.formUnion(other.resources)
        tasks.formUnion(other.tasks)
    }

    package func intersection(_ other: ListenFilter) -> ListenFilter {
        ListenFilter(
            lists: lists.intersection(other.lists), resources: resources.intersection(other.resources),
            tasks: tasks.intersection(other.tasks))
    }

    /// Everything that could have changed while nobody listened. How a task stands nobody but its upstream can say.
    package var everything: [Change] {
        ListedKind.allCases.filter(lists.contains).map { .list($0) } + orderedResources.map { .updated($0) }
    }

    /// By their bytes, so that the same filter is the same text.
    package var orderedResources: [ResourceURI] { resources.sorted { $0.rawValue < $1.rawValue } }

    /// Reads an object with the members of a filter; a list of URIs may have members that are none.
    package init?(_ value: JSONValue) {
        guard value.kind == .object, Lookalikes.find(in: value, of: Self.members) == nil else { return nil }
        self.init()
        for kind in ListedKind.allCases {
            guard let wanted = value.member(kind.filterMember) else { continue }
            guard wanted.kind == .boolean else { return nil }
            if wanted.bool == true { lists.insert(kind) }
        }
        guard let uris = Self.texts(value, "resourceSubscriptions"), let ids = Self.texts(value, "taskIds") else {
            return nil
        }
        resources = Set(uris.compactMap(ResourceURI.init))
        tasks = Set(ids)
    }

    /// A list of strings, empty when there is none; nil for anything else.
    private static func texts(_ value: JSONValue, _ member: StaticString) -> [String]? {
        guard let list = value.member(member) else { return [] }
        let texts = list.elements.compactMap(\.string)
        return list.kind == .array && texts.count == list.count ? texts : nil
    }

    private static let members = [
        "toolsListChanged", "promptsListChanged", "resourcesListChanged", "resourceSubscriptions", "taskIds",
    ]

    /// Only what is wanted stands in it: a member that is false or empty is left out.
    package func write(to writer: inout JSONWriter) {
        Self.write(
            ListedKind.allCases.filter(lists.contains), orderedResources.map(\.rawValue), tasks.sorted(), to: &writer)
    }

    static func write(_ lists: [ListedKind], _ resources: [String], _ tasks: [String], to writer: inout JSONWriter) {
        writer.beginObject()
        for kind in lists {
            writer.key(kind.filterMember)
            writer.bool(true)
        }
        write("resourceSubscriptions", resources, to: &writer)
        write("taskIds", tasks, to: &writer)
        writer.endObject()
    }

    private static func write(_ member: StaticString, _ texts: [String], to writer: inout JSONWriter) {
        guard !texts.isEmpty else { return }
        writer.key(member)
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.endArray()
    }
}
