internal import GRDB

/// The schema of the vault, one step per release that changed it. A released step is never edited.
enum VaultSchema {
    /// "MRTV", so that another program's database is never taken for ours. Source: PRAGMA application_id.
    static let applicationID: Int32 = 0x4D52_5456

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 subjects and data keys") { database in
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: keys)
        }
        migrator.registerMigration("2 what opens pseudonyms") { database in
            try database.execute(sql: "ALTER TABLE subjects ADD COLUMN disclosure TEXT")
        }
        migrator.registerMigration("3 the keys that wrap") { database in
            try database.execute(sql: "CREATE TABLE roots (id TEXT PRIMARY KEY NOT NULL) STRICT")
            try database.execute(sql: "INSERT INTO roots (id) SELECT DISTINCT root FROM data_keys")
        }
        return migrator
    }

    // Times are microseconds since 1970. The subject without issuer and name is whoever was not authenticated.
    private static let keys = """
        CREATE TABLE subjects (
            pseudonym TEXT PRIMARY KEY NOT NULL,
            issuer TEXT NOT NULL,
            name TEXT NOT NULL,
            UNIQUE (issuer, name)
        ) STRICT;
        CREATE TABLE data_keys (
            id TEXT PRIMARY KEY NOT NULL,
            pseudonym TEXT NOT NULL,
            quarter TEXT NOT NULL,
            root TEXT NOT NULL,
            wrapped BLOB NOT NULL CHECK (length(wrapped) = 61),
            UNIQUE (pseudonym, quarter, root)
        ) STRICT;
        """
}
