import FoundationEssentials
internal import GRDB
import MartletAudit
import MartletTransparency

/// The tables of the index. Any other version of them is thrown away and built again from the log.
enum IndexSchema {
    /// "MRTI", so that another program's database is never taken for ours. Source: PRAGMA application_id.
    static let applicationID: Int32 = 0x4D52_5449
    static let version: Int32 = 2

    static func create(_ database: Database) throws {
        let texts = IndexColumn.allCases.map { "\($0.rawValue) TEXT" }.joined(separator: ", ")
        try database.execute(
            sql: """
                CREATE TABLE records (
                    idx INTEGER PRIMARY KEY, t INTEGER, latency INTEGER, intent INTEGER, hash BLOB NOT NULL,
                    segment INTEGER NOT NULL, position INTEGER NOT NULL, bytes INTEGER NOT NULL,
                    payload_position INTEGER, payload_bytes INTEGER, \(texts)
                ) STRICT;
                CREATE TABLE progress (
                    id INTEGER PRIMARY KEY CHECK (id = 1), next INTEGER NOT NULL, root BLOB NOT NULL
                ) STRICT;
                """)
        for column in searched {
            try database.execute(
                sql: """
                    CREATE INDEX records_by_\(column.rawValue) ON records (\(column.rawValue))
                    WHERE \(column.rawValue) IS NOT NULL
                    """)
        }
        try database.execute(sql: "CREATE INDEX records_by_t ON records (t)")
        try ArgumentTables.create(database)
        try reset(database)
        try database.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
    }

    /// Empties the index: it then stands at the start of the log.
    static func reset(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM records; DELETE FROM progress")
        try database.execute(
            sql: "INSERT INTO progress (id, next, root) VALUES (1, 0, ?)", arguments: [Data(MerkleHash.empty.bytes)])
        try ArgumentTables.reset(for: ArgumentTables.progress(database).source, database)
    }

    /// What investigations begin with; everything else is found by scanning.
    private static let searched: [IndexColumn] = [.call, .agent, .user, .credential, .approval, .grant, .tool, .type]
}
