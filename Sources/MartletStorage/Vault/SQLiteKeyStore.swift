import FoundationEssentials
internal import GRDB
package import MartletAudit
package import MartletCore

/// The wrapped data keys in one SQLite file of their own. A key that is deleted here is gone from the file.
///
/// Rollback journal that is truncated at each commit, `synchronous=FULL`, `secure_delete`: a committed key survives power
/// loss, and of a deleted one neither the file nor a log beside it holds a byte. Waiting happens on GRDB's own queue, never on
/// an event loop. Source: ADR-0023; sqlite.org, PRAGMA journal_mode, synchronous, secure_delete.
package struct SQLiteKeyStore: KeyStore {
    let queue: DatabaseQueue

    /// Opens the file at `path`, creates it with mode 0600 when it is absent, checks it, and brings its schema up to date.
    ///
    /// `busyTimeout` is how long a change waits for another connection, in milliseconds. Blocks; call it at start.
    package static func open(path: String, busyTimeout: Int = 5000) throws(StateError) -> SQLiteKeyStore {
        try StateFile.prepare(path)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration(busyTimeout))
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL")
                try check(database)
            }
            try VaultSchema.migrator.migrate(queue)
            return SQLiteKeyStore(queue: queue)
        } catch {
            throw StateError(error)
        }
    }

    /// Whether keys may be wrapped under `root`: the vault has none yet, or knows it, or learns it because `isNew` says that an
    /// operator wants another one. Blocks; call it at start.
    package func accepts(_ root: KeyID, isNew: Bool) throws(StateError) -> Bool {
        do {
            return try queue.write { database in
                let known = try Set(String.fetchAll(database, sql: "SELECT id FROM roots"))
                guard known.isEmpty || isNew || known.contains(root.rawValue) else { return false }
                try database.execute(
                    sql: "INSERT INTO roots (id) VALUES (?) ON CONFLICT DO NOTHING", arguments: [root.rawValue])
                return true
            }
        } catch {
            throw StateError(error)
        }
    }

    package func close() throws(StateError) {
        do { try queue.close() } catch { throw StateError(error) }
    }

    package func key(
        of subject: DataSubject, in quarter: Quarter, else fresh: FreshKey
    ) async throws(KeyStoreError) -> WrappedKey {
        try await write { database in
            let pseudonym = try MartletStorage.pseudonym(of: subject, salt: fresh.salt, in: database)
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM data_keys WHERE pseudonym = ? AND quarter = ? AND root = ?",
                arguments: [pseudonym.rawValue, quarter.description, fresh.root.rawValue])
            if let row { return try wrapped(row) }
            guard let key = fresh.wrap(pseudonym) else { throw KeyStoreError.unavailable("the key cannot be wrapped") }
            try database.execute(
                sql: "INSERT INTO data_keys (id, pseudonym, quarter, root, wrapped) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    key.id.rawValue, pseudonym.rawValue, quarter.description, key.root.rawValue, Data(key.bytes),
                ])
            return key
        }
    }

    package func pseudonym(
        of subject: DataSubject, salt: [UInt8]
    ) async throws(KeyStoreError) -> Pseudonym {
        try await write { try MartletStorage.pseudonym(of: subject, salt: salt, in: $0) }
    }

    package func subjects(named name: SubjectID) async throws(KeyStoreError) -> [KeptSubject] {
        try await write { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM subjects WHERE name = ? ORDER BY issuer", arguments: [name.rawValue])
            return try rows.map { row in
                let reader = RowReader(row: row)
                let pseudonym = try reader.parse("pseudonym", Pseudonym.init)
                let keys = try Row.fetchAll(
                    database, sql: "SELECT * FROM data_keys WHERE pseudonym = ? ORDER BY quarter, root, id",
                    arguments: [pseudonym.rawValue])
                return KeptSubject(
                    subject: DataSubject(issuer: try reader.text("issuer"), name: name), pseudonym: pseudonym,
                    disclosure: try disclosure(row, of: pseudonym), keys: try keys.map(wrapped))
            }
        }
    }

    package func subject(of pseudonym: Pseudonym) async throws(KeyStoreError) -> DataSubject? {
        try await write { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT issuer, name FROM subjects WHERE pseudonym = ?", arguments: [pseudonym.rawValue])
            guard let row else { return nil }
            let reader = RowReader(row: row)
            guard let name = SubjectID(try reader.text("name")) else { return .nobody }
            return DataSubject(issuer: try reader.text("issuer"), name: name)
        }
    }

    package func destroy(
        _ keys: [KeyID], forgetting pseudonyms: [Pseudonym]
    ) async throws(KeyStoreError) -> Int {
        // What is deleted is overwritten (secure_delete), and the journal that held it is cut to nothing by the commit.
        try await write { database in
            var count = 0
            for key in keys {
                try database.execute(sql: "DELETE FROM data_keys WHERE id = ?", arguments: [key.rawValue])
                count += database.changesCount
            }
            for pseudonym in pseudonyms {
                try database.execute(
                    sql: """
                        DELETE FROM subjects WHERE pseudonym = ?
                        AND NOT EXISTS (SELECT 1 FROM data_keys WHERE data_keys.pseudonym = subjects.pseudonym)
                        """, arguments: [pseudonym.rawValue])
            }
            return count
        }
    }

    /// Runs `body` in one transaction and commits it.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(KeyStoreError) -> Value {
        do { return try await queue.write(body) } catch { throw KeyStoreError(error) }
    }

    private static func configuration(_ busyTimeout: Int) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Double(max(busyTimeout, 0)) / 1000)
        configuration.label = "martlet.vault"
        configuration.prepareDatabase { database in
            try database.execute(
                sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON")
        }
        return configuration
    }

    private static func check(_ database: Database) throws {
        let found = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard found == VaultSchema.applicationID || (found == 0 && tables == 0) else { throw StateError.foreignFile }
        let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
        guard verdict == "ok" else { throw StateError.corrupted(verdict ?? "quick_check") }
        guard try !VaultSchema.migrator.hasBeenSuperseded(database) else { throw StateError.newerSchema }
    }
}

/// Reads a key; a row that no release could have written is an error, never a guess.
func wrapped(_ row: Row) throws -> WrappedKey {
    let reader = RowReader(row: row)
    return WrappedKey(
        id: try reader.parse("id", KeyID.init), pseudonym: try reader.parse("pseudonym", Pseudonym.init),
        quarter: try reader.parse("quarter") { Quarter($0) }, root: try reader.parse("root", KeyID.init),
        bytes: Array(try row.decode(Data.self, forColumn: "wrapped")))
}

/// What opens a pseudonym; nil for one of an earlier release. One that opens another pseudonym is an error.
func disclosure(_ row: Row, of pseudonym: Pseudonym) throws -> IdentityDisclosure? {
    guard let text = try row.decode(String?.self, forColumn: "disclosure") else { return nil }
    guard let disclosure = IdentityDisclosure(text), disclosure.pseudonym == pseudonym else {
        throw StateError.corrupted("subjects.disclosure")
    }
    return disclosure
}

private func pseudonym(of subject: DataSubject, salt: [UInt8], in database: Database) throws -> Pseudonym {
    let name = subject.name?.rawValue ?? ""
    let fresh = IdentityDisclosure(of: subject, salt: salt)
    try database.execute(
        sql: """
            INSERT INTO subjects (pseudonym, issuer, name, disclosure) VALUES (?, ?, ?, ?)
            ON CONFLICT (issuer, name) DO NOTHING
            """, arguments: [fresh.pseudonym.rawValue, subject.issuer, name, fresh.text])
    let row = try Row.fetchOne(
        database, sql: "SELECT pseudonym FROM subjects WHERE issuer = ? AND name = ?",
        arguments: [subject.issuer, name])
    guard let row else { throw StateError.corrupted("subjects") }
    return try RowReader(row: row).parse("pseudonym", Pseudonym.init)
}

extension KeyStoreError {
    init(_ error: any Error) {
        switch error {
        case let error as KeyStoreError: self = error
        default:
            let failure = StateError(error)
            switch failure {
            case .corrupted, .foreignFile, .newerSchema: self = .damaged("\(failure)")
            case .cannotOpen, .readableByOthers, .busy, .readOnly, .full, .cancelled, .unavailable:
                self = .unavailable("\(failure)")
            }
        }
    }
}
