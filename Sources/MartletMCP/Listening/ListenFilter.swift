package import MartletCore
package import MartletJSON

/// What somebody wants to hear of a server while nobody calls.
package struct ListenFilter: Hashable, Sendable {
    package var lists: Set<ListedKind>
    package var resources: Set<ResourceURI>

    package init(lists: Set<ListedKind> = [], resources: Set<ResourceURI> = []) {
        self.lists = lists
        self.resources = resources
    }

    package var isEmpty: Bool { lists.isEmpty && resources.isEmpty }

    package func covers(_ change: Change) -> Bool {
        switch change {
        case .list(let kind): lists.contains(kind)
        case .updated(let uri): resources.contains(uri)
        }
    }

    package mutating func formUnion(_ other: ListenFilter) {
        lists.formUnion(other.lists)
        resources.formUnion(other.resources)
    }

    package func intersection(_ other: ListenFilter) -> ListenFilter {
        ListenFilter(lists: lists.intersection(other.lists), resources: resources.intersection(other.resources))
    }

    /// Everything that could have changed while nobody listened.
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
        guard let uris = value.member("resourceSubscriptions") else { return }
        guard uris.kind == .array else { return nil }
        for element in uris.elements {
            guard let text = element.string else { return nil }
            if let uri = ResourceURI(text) { resources.insert(uri) }
        }
    }

    private static let members = [
        "toolsListChanged", "promptsListChanged", "resourcesListChanged", "resourceSubscriptions",
    ]

    /// Only what is wanted stands in it: a member that is false or empty is left out.
    package func write(to writer: inout JSONWriter) {
        Self.write(ListedKind.allCases.filter(lists.contains), orderedResources.map(\.rawValue), to: &writer)
    }

    static func write(_ lists: [ListedKind], _ resources: [String], to writer: inout JSONWriter) {
        writer.beginObject()
        for kind in lists {
            writer.key(kind.filterMember)
            writer.bool(true)
        }
        if !resources.isEmpty {
            writer.key("resourceSubscriptions")
            writer.beginArray()
            for uri in resources { writer.string(uri) }
            writer.endArray()
        }
        writer.endObject()
    }
}
