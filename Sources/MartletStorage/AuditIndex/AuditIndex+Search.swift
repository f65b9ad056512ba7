import FoundationEssentials
internal import GRDB
package import MartletAudit
import MartletCore
import MartletTransparency

/// Questions to the index.
extension AuditIndex {
    /// The rows that a filter admits, by index.
    package func rows(_ filter: IndexFilter, _ page: IndexPage) throws(IndexError) -> [IndexedRecord] {
        do {
            let (condition, arguments) = try IndexQuery.condition(filter)
            let order = page.isNewestFirst ? "DESC" : "ASC"
            let sql = "SELECT * FROM records WHERE \(condition) ORDER BY idx \(order) LIMIT \(max(page.limit, 0))"
            return try read { database in
                try Row.fetchAll(database, sql: sql, arguments: arguments).map(IndexedRecord.init)
            }
        } catch {
            throw IndexError(error)
        }
    }

    /// How many rows a filter admits.
    package func count(_ filter: IndexFilter) throws(IndexError) -> Int {
        do {
            let (condition, arguments) = try IndexQuery.condition(filter)
            return try read { database in
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM records WHERE \(condition)", arguments: arguments) ?? 0
            }
        } catch {
            throw IndexError(error)
        }
    }
}

/// A filter as SQL. Values are always arguments, never text of the statement.
enum IndexQuery {
    static func condition(_ filter: IndexFilter) throws -> (String, StatementArguments) {
        var parts: [(sql: String, values: [(any DatabaseValueConvertible)?])] = []
        for column in IndexColumn.allCases {
            guard let value = filter.equal[column] else { continue }
            let values = filter.alternatives(value, in: column)
            parts.append(("\(column.rawValue) IN (\(marks(values)))", values))
        }
        if let name = filter.person {
            let names = filter.alternatives(name, in: .user)
            let columns = IndexColumn.people.map { "\($0.rawValue) IN (\(marks(names)))" }
            let links = names.map { _ in "instr(actors, ?) > 0" }
            parts.append(
                (
                    "(\((columns + links).joined(separator: " OR ")))",
                    columns.flatMap { _ in names } + names.map { " \($0) " }
                ))
        }
        if let name = filter.credential { parts.append(("(credential = ? OR token = ?)", [name, name])) }
        if let trace = filter.trace { parts.append(("substr(trace, 4, 32) = ?", [trace])) }
        if let status = filter.status { parts.append(("instr(lower(status), lower(?)) > 0", [status])) }
        if let since = filter.since { parts.append(("t >= ?", [since.microseconds])) }
        if let until = filter.until { parts.append(("t < ?", [until.microseconds])) }
        if let after = filter.after { parts.append(("idx > ?", [Int64(clamping: after)])) }
        if let before = filter.before { parts.append(("idx < ?", [Int64(clamping: before)])) }
        for question in filter.arguments {
            let tokens = question.tokens.map { Data($0.bytes) }
            let marks = tokens.map { _ in "?" }.joined(separator: ", ")
            parts.append(("idx IN (SELECT idx FROM argument_tokens WHERE token IN (\(marks)))", tokens))
        }
        let condition = parts.isEmpty ? "1" : parts.map(\.sql).joined(separator: " AND ")
        return (condition, StatementArguments(parts.flatMap(\.values)))
    }

    static func marks(_ values: [String]) -> String { values.map { _ in "?" }.joined(separator: ", ") }
}

extension AuditIndex {
    /// The leaf of a row that says what its leaf says; nil when the index is wrong and must be built again.
    ///
    /// The leaf is read from its segment again, and its hash compared. What the row has from an intent is compared with
    /// the leaf of that intent in the same way.
    package func leaf(of record: IndexedRecord) throws(IndexError) -> [UInt8]? {
        do {
            guard let leaf = try logged(record) else { return nil }
            var told = IndexRow(leaf: leaf, index: record.row.index, hash: record.row.hash)
            if let intent = told.intent, let opening = try row(at: intent), let text = try logged(opening) {
                told = told.closing(IndexRow(leaf: text, index: intent, hash: opening.row.hash))
            }
            return told == record.row ? leaf : nil
        } catch {
            throw IndexError(error)
        }
    }

    /// Where the sealed values of a record stand; nil when it has none.
    package func payload(of index: UInt64) throws(IndexError) -> PayloadPlace? {
        do { return try row(at: index)?.place.payload } catch { throw IndexError(error) }
    }

    private func logged(_ record: IndexedRecord) throws(FileError) -> [UInt8]? {
        guard let leaf = try entries.leaf(at: record.place), MerkleHash.leaf(leaf) == record.row.hash else {
            return nil
        }
        return leaf
    }

    private func row(at index: UInt64) throws -> IndexedRecord? {
        let number = try IndexedRecord.stored(index)
        return try read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM records WHERE idx = ?", arguments: [number])
                .map(IndexedRecord.init)
        }
    }
}
