internal import GRDB
package import MartletAudit
import MartletCore

/// The blind index: makes tokens of the declared arguments of records that the index has. Source: ADR-0033.
extension AuditIndex {
    /// Records that are looked at in one step, most of which have no declared arguments.
    private static let window: UInt64 = 8192

    /// Opens the arguments of at most so many records that the index has and the tokens do not, in order; false when there
    /// are no more.
    ///
    /// When the tokens are of other declarations, or of another key, they are deleted, and it begins again.
    package func takeArguments(_ count: Int, from source: ArgumentSource) throws(IndexError) -> Bool {
        do {
            let (stored, end) = try read { (try ArgumentTables.progress($0), try Self.size($0)) }
            guard stored.source == source.name else {
                try write { try ArgumentTables.reset(for: source.name, $0) }
                try wipe()
                return true
            }
            guard stored.next < end else { return false }
            let limit = min(end, stored.next + Self.window)
            let records = try sealedRecords(from: stored.next, below: limit, of: source.searched.tools, count)
            let found = try source.read(records) { record, reader in
                guard let leaf = try leaf(of: record) else { throw StateError.corrupted("records") }
                let entry = try TimelineEntry(leaf: leaf, index: record.row.index)
                return (entry.index, reader.read(entry, payload: entries.payload(of: record)))
            }
            let next = records.count == count ? records.last.map { $0.row.index + 1 } ?? limit : limit
            try write { database in
                // Another process may have been here meanwhile.
                guard try ArgumentTables.progress(database) == stored else { return }
                try ArgumentTables.insert(found, next: next, database)
            }
            return true
        } catch {
            throw IndexError(error)
        }
    }

    /// Has the tokens in memory from here on, and none in the file.
    ///
    /// For a log that is closed: what is erased later stands in the log behind it, and would not reach them there.
    package func keepArgumentsInMemory() throws(IndexError) {
        do {
            try writeWithoutTransaction { database in
                let sql = "SELECT EXISTS (SELECT 1 FROM temp.sqlite_master WHERE name = 'argument_progress')"
                guard try Bool.fetchOne(database, sql: sql) != true else { return }
                try database.execute(sql: "PRAGMA temp_store = MEMORY")
                try ArgumentTables.create(in: "temp", database)
            }
        } catch {
            throw IndexError(error)
        }
    }

    /// Deletes all tokens: nothing is declared any more.
    package func forgetArguments() throws(IndexError) {
        do {
            guard try !read(ArgumentTables.progress).source.isEmpty else { return }
            try write { try ArgumentTables.reset(for: "", $0) }
            try wipe()
        } catch {
            throw IndexError(error)
        }
    }

    /// Whether there are tokens of other declarations or another key.
    package func hasArguments(besides source: ArgumentSource) throws(IndexError) -> Bool {
        do {
            let name = try read(ArgumentTables.progress).source
            return !name.isEmpty && name != source.name
        } catch {
            throw IndexError(error)
        }
    }

    /// How many records of the index were not looked into yet.
    package func argumentsBehind(_ source: ArgumentSource) throws(IndexError) -> UInt64 {
        do {
            let (stored, end) = try read { (try ArgumentTables.progress($0), try Self.size($0)) }
            return stored.source == source.name ? end - min(end, stored.next) : end
        } catch {
            throw IndexError(error)
        }
    }

    /// How many of the records that the rest of a filter admits have arguments that cannot be opened.
    package func closedArguments(_ filter: IndexFilter) throws(IndexError) -> Int {
        do {
            var filter = filter
            filter.arguments = []
            let (condition, arguments) = try IndexQuery.condition(filter)
            return try read { database in
                try Int.fetchOne(
                    database,
                    sql:
                        "SELECT count(*) FROM records WHERE idx IN (SELECT idx FROM closed_arguments) AND \(condition)",
                    arguments: arguments) ?? 0
            }
        } catch {
            throw IndexError(error)
        }
    }

    /// Takes what was deleted out of the write-ahead log, too; it stays marked when somebody reads at this moment.
    func wipe() throws {
        guard try read(ArgumentTables.isUnwiped) else { return }
        let isBusy = try writeWithoutTransaction { database in
            try Bool.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)") ?? false
        }
        if !isBusy { try write { try $0.execute(sql: "UPDATE argument_progress SET unwiped = 0") } }
    }

    /// Rows of tools with declared arguments beside which something is sealed. By index: the columns' own indexes would have it
    /// read all of them.
    private func sealedRecords(
        from first: UInt64, below end: UInt64, of tools: [String], _ count: Int
    ) throws -> [IndexedRecord] {
        let types = ArgumentReader.types.map(\.rawValue)
        let sql = """
            SELECT * FROM records WHERE idx >= ? AND idx < ? AND payload_position IS NOT NULL
            AND +type IN (\(IndexQuery.marks(types))) AND +tool IN (\(IndexQuery.marks(tools))) ORDER BY idx LIMIT \(count)
            """
        let values: [any DatabaseValueConvertible] =
            [try IndexedRecord.stored(first), try IndexedRecord.stored(end)] + types + tools
        return try read {
            try Row.fetchAll($0, sql: sql, arguments: StatementArguments(values)).map(IndexedRecord.init)
        }
    }
}
