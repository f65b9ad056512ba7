import MartletJSON

/// One value of a grants file and where it stands.
struct Located: Sendable {
    let value: JSONValue
    let lines: LineTree
    var line: Int { lines.line }

    /// The elements of an array, each with its line; nil when the value is no array.
    var elements: [Located]? {
        guard value.kind == .array else { return nil }
        return zip(value.elements, lines.children).map { Located(value: $0, lines: $1) }
    }
}

/// The members of one object of a grants file. Each is taken once; what nobody took is unknown.
struct JSONMembers {
    let line: Int
    private var rest: [(key: String, located: Located)]

    init?(_ object: Located) {
        guard object.value.kind == .object else { return nil }
        line = object.line
        rest = zip(object.value.members, object.lines.children).map { member, lines in
            (member.key, Located(value: member.value, lines: lines))
        }
    }

    var keys: [String] { rest.map(\.key) }

    /// The line of each member that has not been taken.
    var lines: [String: Int] { Dictionary(rest.map { ($0.key, $0.located.line) }) { first, _ in first } }

    /// A member that has not been taken, and stays so.
    func value(of key: String) -> JSONValue? {
        rest.first { $0.key.utf8.elementsEqual(key.utf8) }?.located.value
    }

    mutating func take(_ key: String) -> Located? {
        guard let index = rest.firstIndex(where: { $0.key.utf8.elementsEqual(key.utf8) }) else { return nil }
        return rest.remove(at: index).located
    }

    /// Reports every member that was not taken.
    func finish(known: [String], _ problems: inout SourceProblems) {
        for (key, located) in rest {
            problems.add(
                line: located.line, "unknown key \"\(key)\"", fix: Spelling.advice(for: key, among: known))
        }
    }
}
