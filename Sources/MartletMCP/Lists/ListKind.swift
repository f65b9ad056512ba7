package import MartletCore
package import MartletJSON

/// The lists of an upstream beside its tools.
package enum ListKind: Hashable, Sendable, CaseIterable {
    case prompts
    case resources
    case resourceTemplates

    /// Nil for a method that lists something else, or nothing.
    package init?(_ method: Method) {
        guard let kind = Self.allCases.first(where: { $0.method == method }) else { return nil }
        self = kind
    }

    package var method: Method {
        switch self {
        case .prompts: .listPrompts
        case .resources: .listResources
        case .resourceTemplates: .listResourceTemplates
        }
    }

    /// The member of the result that holds the items.
    package var member: StaticString {
        switch self {
        case .prompts: "prompts"
        case .resources: "resources"
        case .resourceTemplates: "resourceTemplates"
        }
    }

    /// The member of an item that names it.
    var nameMember: String {
        switch self {
        case .prompts: "name"
        case .resources: "uri"
        case .resourceTemplates: "uriTemplate"
        }
    }

    fileprivate func subject(of item: JSONValue) -> CallSubject? {
        switch self {
        case .prompts: item.member("name")?.string.flatMap(PromptName.init).map { .prompt($0) }
        case .resources: item.member("uri")?.string.flatMap(ResourceURI.init).map { .resource($0) }
        case .resourceTemplates: item.member("uriTemplate")?.string.flatMap(ResourceURI.init).map { .resource($0) }
        }
    }
}

/// One prompt, resource or template as an upstream lists it: every field as received, and what a grant would name.
package struct ListItem: Sendable {
    package let subject: CallSubject
    package let value: JSONValue

    /// Nil when the item cannot be named by a grant, or two readers could name it differently.
    init?(_ value: JSONValue, of kind: ListKind) {
        guard value.kind == .object, Lookalikes.find(in: value, of: ["name", "uri", "uriTemplate"]) == nil,
            let subject = kind.subject(of: value)
        else { return nil }
        self.subject = subject
        self.value = value
    }
}

/// One page of an upstream's list.
package struct ListPage: Sendable {
    package let items: [ListItem]
    /// How many elements were left out because no grant could name them.
    package let dropped: Int
    package let nextCursor: String?

    /// Reads the result of one list request; nil when it is no list of that kind at all.
    package init?(_ result: JSONValue, of kind: ListKind) {
        guard let page = PageFrame(result, member: kind.member) else { return nil }
        nextCursor = page.nextCursor
        items = page.elements.compactMap { ListItem($0, of: kind) }
        dropped = page.elements.count - items.count
    }
}
