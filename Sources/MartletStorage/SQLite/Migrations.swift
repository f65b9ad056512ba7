internal import GRDB

/// The schema of the state database, one step per release that changed it. A released step is never edited.
enum Migrations {
    /// "MRTL", so that another program's database is never taken for ours. Source: PRAGMA application_id.
    static let applicationID: Int32 = 0x4D52_544C

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 approvals, grants, revocations") { database in
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: approvals)
            try database.execute(sql: grants)
            try database.execute(sql: revocations)
        }
        migrator.registerMigration("2 eras of upstreams") { database in
            try database.execute(sql: eras)
        }
        return migrator
    }

    // Times are microseconds since 1970, digests `sha256:<hex>`, lists words separated by one space.
    private static let approvals = """
        CREATE TABLE approvals (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            ticket TEXT NOT NULL UNIQUE,
            binding TEXT NOT NULL,
            agent TEXT NOT NULL,
            role TEXT NOT NULL,
            user TEXT,
            actors TEXT NOT NULL,
            issuer TEXT NOT NULL,
            upstream TEXT NOT NULL,
            tool TEXT NOT NULL,
            arguments TEXT NOT NULL,
            argument_digest TEXT NOT NULL,
            grant_id TEXT NOT NULL,
            policy_digest TEXT NOT NULL,
            approvers TEXT NOT NULL,
            opened INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'expired', 'consumed')),
            approver TEXT,
            approver_issuer TEXT,
            approver_credential TEXT,
            ruled INTEGER,
            expired INTEGER,
            call TEXT UNIQUE,
            consumed INTEGER,
            leaf INTEGER,
            CHECK ((approver IS NULL) = (ruled IS NULL)),
            CHECK ((approver IS NULL) = (approver_issuer IS NULL)),
            CHECK ((approver IS NULL) = (approver_credential IS NULL)),
            CHECK (state NOT IN ('approved', 'denied', 'consumed') OR approver IS NOT NULL),
            CHECK (state <> 'pending' OR (approver IS NULL AND leaf IS NULL)),
            CHECK ((state = 'expired') = (expired IS NOT NULL)),
            CHECK ((state = 'consumed') = (call IS NOT NULL AND consumed IS NOT NULL)),
            CHECK (state <> 'consumed' OR leaf IS NOT NULL)
        ) STRICT;
        CREATE UNIQUE INDEX approvals_one_open ON approvals (binding) WHERE state IN ('pending', 'approved');
        CREATE INDEX approvals_by_binding ON approvals (binding, number);
        CREATE INDEX approvals_due ON approvals (expires) WHERE state IN ('pending', 'approved');
        CREATE INDEX approvals_unrecorded ON approvals (number) WHERE leaf IS NULL AND state <> 'pending';
        CREATE TRIGGER approvals_final BEFORE UPDATE OF state ON approvals
            WHEN OLD.state IN ('denied', 'expired', 'consumed') AND NEW.state IS NOT OLD.state
            BEGIN SELECT RAISE(ABORT, 'a closed approval stays closed'); END;
        """

    private static let grants = """
        CREATE TABLE grants_first_seen (
            grant_key TEXT PRIMARY KEY NOT NULL,
            first_seen INTEGER NOT NULL
        ) STRICT;
        """

    private static let eras = """
        CREATE TABLE upstream_eras (
            upstream TEXT PRIMARY KEY NOT NULL,
            address TEXT NOT NULL,
            era TEXT NOT NULL,
            pinned INTEGER NOT NULL
        ) STRICT;
        """

    private static let revocations = """
        CREATE TABLE revocations (
            kind TEXT NOT NULL CHECK (kind IN ('token_id', 'subject', 'digest')),
            value TEXT NOT NULL,
            revoked INTEGER NOT NULL,
            until INTEGER NOT NULL,
            PRIMARY KEY (kind, value)
        ) STRICT;
        CREATE INDEX revocations_by_end ON revocations (until);
        """
}
