import MartletCedar

/// What is computed of the values that a path selects. The raw values are names of policies: never renamed.
enum FactKind: String, Hashable, Sendable, CaseIterable {
    case booleans, numbers, ranges, strings, texts

    var name: Text { Text(rawValue) }

    /// The type in the schema.
    var type: String {
        switch self {
        case .booleans: "Booleans"
        case .numbers: "Numbers"
        case .ranges: "Range"
        case .strings: "Strings"
        case .texts: "Texts"
        }
    }
}

/// One fact of a call: `context.derived.<kind>["<path>"]`.
struct FactKey: Hashable, Sendable {
    let kind: FactKind
    let path: ArgumentPath

    init(_ kind: FactKind, _ path: ArgumentPath) {
        self.kind = kind
        self.path = path
    }

    var name: Text { Text(path.description) }
    var expression: Expression { Expression.context("derived")[kind.name][name] }
}

/// The paths outside of which a closed grant allows nothing: `context.derived.only["<paths>"]`.
struct ClosedPaths: Hashable, Sendable {
    let paths: [ArgumentPath]

    init(_ constraints: [Constraint]) {
        let all = constraints.flatMap { $0.facts.map(\.path) }
        paths = Set(all).sorted { $0.description.utf8.lexicographicallyPrecedes($1.description.utf8) }
    }

    /// A `~` is followed by 0 or 1 in a path, so that `~,` stands in none.
    var name: Text {
        Text(paths.map { $0.description.replacing(",", with: "~,") }.joined(separator: ","))
    }

    var expression: Expression { Expression.context("derived", "only")[name] }
}
