package import MartletCore

/// Which records are asked for; what is absent does not restrict.
package struct IndexFilter: Sendable, Hashable {
    /// Columns that must be equal, byte for byte.
    package var equal: [IndexColumn: String] = [:]
    /// Anybody's name: agent, user, approver, link of the delegation chain, or owner of a credential.
    package var person: String?
    /// Digest or token id of a credential.
    package var credential: String?
    /// Part of the status, without regard to ASCII case.
    package var status: String?
    /// The trace id of a `traceparent`, 32 hex digits. Source: W3C Trace Context.
    package var trace: String?
    /// The first moment asked for.
    package var since: UnixTime?
    /// The first moment not asked for.
    package var until: UnixTime?
    /// Only indexes above this one.
    package var after: UInt64?
    /// Only indexes below this one.
    package var before: UInt64?

    /// Values of declared arguments, each of which the record must have. A row does not have them: `admits` does not ask.
    package var arguments: [ArgumentQuestion] = []
    /// Under which pseudonyms records have a name that is asked for.
    package var pseudonyms: [String: [String]] = [:]

    package init() {}

    /// Whether it restricts nothing.
    package var isEmpty: Bool { self == IndexFilter() }

    /// Everybody who is asked for by name.
    package var people: [String] { IndexColumn.people.compactMap { equal[$0] } + [person].compactMap { $0 } }

    /// What a row may have where `value` is asked for.
    package func alternatives(_ value: String, in column: IndexColumn) -> [String] {
        [value] + (IndexColumn.people.contains(column) ? pseudonyms[value] ?? [] : [])
    }

    /// What the index answers in SQL, said in our own words; tests hold the two against each other.
    package func admits(_ row: IndexRow) -> Bool {
        admitsPlace(of: row)
            && equal.allSatisfy { column, value in isAny(row[column], alternatives(value, in: column)) }
            && (person.map { names($0, row) } ?? true)
            && (credential.map { isEqual(row[.credential], $0) || isEqual(row[.token], $0) } ?? true)
            && (status.map { contains($0, row) } ?? true)
            && (trace.map { isEqual(row[.trace].map(Self.traceID), $0) } ?? true)
    }

    private func admitsPlace(of row: IndexRow) -> Bool {
        if let after, row.index <= after { return false }
        if let before, row.index >= before { return false }
        guard since != nil || until != nil else { return true }
        guard let time = row.time else { return false }
        return (since.map { time >= $0 } ?? true) && (until.map { time < $0 } ?? true)
    }

    private func names(_ person: String, _ row: IndexRow) -> Bool {
        let names = alternatives(person, in: .user)
        return IndexColumn.people.contains { isAny(row[$0], names) }
            || (row[.actors].map { actors in names.contains { Array(actors.utf8).contains(" \($0) ".utf8) } } ?? false)
    }

    private func isAny(_ left: String?, _ names: [String]) -> Bool { names.contains { isEqual(left, $0) } }

    private func contains(_ part: String, _ row: IndexRow) -> Bool {
        row[.status].map { Self.folded($0).contains(Self.folded(part)) } ?? false
    }

    /// Byte for byte, as SQLite compares: Swift's own `==` takes canonically equivalent texts for equal.
    private func isEqual(_ left: String?, _ right: String) -> Bool { left?.utf8.elementsEqual(right.utf8) ?? false }

    /// What stands between the version and the id of the span.
    private static func traceID(_ parent: String) -> String {
        String(decoding: Array(parent.utf8).dropFirst(3).prefix(32), as: UTF8.self)
    }

    /// Lower-cases ASCII only, as SQLite's `lower` does.
    private static func folded(_ text: String) -> [UInt8] {
        text.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    /// The name of a person enters no record: its pseudonyms do, and for a name that the vault does not know `?`.
    ///
    /// An agent is a person when the vault knows it. One that it does not know is a machine when records were found that name it,
    /// for they name it in clear; else it may be somebody who was erased.
    static func recorded(_ name: String, _ pseudonyms: [String], standsInClear: Bool) -> String {
        guard Pseudonym(name) == nil else { return name }
        if !pseudonyms.isEmpty { return pseudonyms.joined(separator: ",") }
        return standsInClear ? name : "?"
    }

    /// As it stands in the record of the search that found so many: `agent=finance-bot since=2026-11-22T19:00:00Z`.
    package func text(found count: Int) -> String {
        func recorded(_ value: String, in column: IndexColumn) -> String {
            guard IndexColumn.people.contains(column) else { return value }
            return Self.recorded(value, pseudonyms[value] ?? [], standsInClear: column == .agent && count > 0)
        }
        var parts = IndexColumn.allCases.compactMap { column in
            equal[column].map { "\(column.rawValue)=\(recorded($0, in: column))" }
        }
        if let person { parts.append("subject=\(recorded(person, in: .user))") }
        if let credential { parts.append("credential=\(credential)") }
        if let status { parts.append("status~\(status)") }
        if let trace { parts.append("trace=\(trace)") }
        if let since { parts.append("since=\(since.rfc3339)") }
        if let until { parts.append("until=\(until.rfc3339)") }
        if let after { parts.append("after=\(after)") }
        if let before { parts.append("before=\(before)") }
        // The place alone: the value must not stand in a leaf.
        parts += arguments.map { "argument=\($0.path)" }
        return parts.joined(separator: " ")
    }
}

/// In which order rows are given, and how many.
package struct IndexPage: Sendable, Hashable {
    package var limit: Int
    /// The newest first instead of the oldest.
    package var isNewestFirst: Bool

    package init(limit: Int, isNewestFirst: Bool = false) {
        self.limit = limit
        self.isNewestFirst = isNewestFirst
    }
}
