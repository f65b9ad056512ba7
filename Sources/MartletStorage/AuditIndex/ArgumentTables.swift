import FoundationEssentials
internal import GRDB
import MartletAudit

/// The tables of the blind index: tokens of declared arguments, beside the rows of the records.
///
/// They stand at a place of their own, behind the index: it takes keys to go on. A token is deleted with the key that its value is
/// sealed under; what is deleted is overwritten (`secure_delete`), and `unwiped` says that the write-ahead log may still have
/// it. Source: ADR-0033.
enum ArgumentTables {
    /// How far the tokens are: of which declarations and which key (`source`), and for how many records.
    struct Progress: Hashable {
        let source: String
        let next: UInt64
    }

    /// In `temp` they go before those of the file, and are gone with the connection.
    static func create(in schema: String = "main", _ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE \(schema).argument_tokens (
                    token BLOB NOT NULL, idx INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (token, idx)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX \(schema).argument_tokens_by_key ON argument_tokens (key);
                CREATE TABLE \(schema).closed_arguments (idx INTEGER PRIMARY KEY, key TEXT NOT NULL) STRICT;
                CREATE TABLE \(schema).erased_keys (key TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
                CREATE TABLE \(schema).argument_progress (
                    id INTEGER PRIMARY KEY CHECK (id = 1), source TEXT NOT NULL, next INTEGER NOT NULL,
                    unwiped INTEGER NOT NULL
                ) STRICT;
                INSERT INTO \(schema).argument_progress (id, source, next, unwiped) VALUES (1, '', 0, 0);
                """)
    }

    /// Empties them, to begin again with the first record; an empty source is that of no declarations.
    static func reset(for source: String, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE argument_progress SET source = ?, next = 0,
                    unwiped = unwiped OR EXISTS (SELECT 1 FROM argument_tokens)
                """, arguments: [source])
        try database.execute(sql: "DELETE FROM argument_tokens; DELETE FROM closed_arguments")
    }

    static func progress(_ database: Database) throws -> Progress {
        guard let row = try Row.fetchOne(database, sql: "SELECT source, next FROM argument_progress") else {
            throw StateError.corrupted("argument_progress")
        }
        let reader = RowReader(row: row)
        return Progress(
            source: try reader.text("source"),
            next: try reader.natural(try row.decode(Int64.self, forColumn: "next"), "argument_progress.next"))
    }

    /// Takes over what was read of some records, and notes that all before `next` are done.
    ///
    /// Arguments that were opened just before their key was erased leave nothing: the record of the erasure may be here already.
    static func insert(_ found: [(index: UInt64, read: ReadArguments)], next: UInt64, _ database: Database) throws {
        let token = try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO argument_tokens (token, idx, key)
                SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM erased_keys WHERE key = ?3)
                """)
        for (index, read) in found {
            let number = try IndexedRecord.stored(index)
            switch read {
            case .none: break
            case .closed(let key): try close([number], key, database)
            case .tokens(let tokens, let key):
                if try isErased(key, database) { try close([number], key, database) }
                for bytes in tokens { try token.execute(arguments: [Data(bytes.bytes), number, key.rawValue]) }
            }
        }
        try database.execute(
            sql: "UPDATE argument_progress SET next = ?", arguments: [try IndexedRecord.stored(next)])
    }

    /// Deletes what was made of arguments under these keys, now and for ever.
    static func erase(_ keys: [KeyID], _ database: Database) throws {
        for key in keys {
            try database.execute(sql: "INSERT OR IGNORE INTO erased_keys (key) VALUES (?)", arguments: [key.rawValue])
            let records = try Int64.fetchAll(
                database, sql: "SELECT DISTINCT idx FROM argument_tokens WHERE key = ?", arguments: [key.rawValue])
            guard !records.isEmpty else { continue }
            try close(records, key, database)
            try database.execute(sql: "DELETE FROM argument_tokens WHERE key = ?", arguments: [key.rawValue])
            try database.execute(sql: "UPDATE argument_progress SET unwiped = 1")
        }
    }

    /// Whether the write-ahead log may have what was deleted.
    static func isUnwiped(_ database: Database) throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT unwiped FROM argument_progress") ?? false
    }

    private static func isErased(_ key: KeyID, _ database: Database) throws -> Bool {
        let select = try database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM erased_keys WHERE key = ?)")
        return try Bool.fetchOne(select, arguments: [key.rawValue]) ?? false
    }

    private static func close(_ records: [Int64], _ key: KeyID, _ database: Database) throws {
        let insert = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO closed_arguments (idx, key) VALUES (?, ?)")
        for record in records { try insert.execute(arguments: [record, key.rawValue]) }
    }
}
