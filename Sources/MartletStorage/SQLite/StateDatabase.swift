internal import GRDB

/// The small durable state beside the audit log: approvals, first-seen grants, revocations. One SQLite file.
///
/// WAL with `synchronous=FULL`: a committed change survives power loss. Waiting happens on GRDB's own queues, never on
/// an event loop. Several connections, also of several processes, may be open at once.
/// Source: sqlite.org, "Write-Ahead Logging", section 2.1; PRAGMA synchronous.
package struct StateDatabase: Sendable {
    let pool: DatabasePool

    /// Opens the file at `path`, creates it with mode 0600 when it is absent, checks it, and brings its schema up to date.
    ///
    /// `busyTimeout` is how long a change waits for another connection, in milliseconds. Blocks; call it at start.
    package static func open(path: String, busyTimeout: Int = 5000) throws(StateError) -> StateDatabase {
        try StateFile.prepare(path)
        do {
            let pool = try DatabasePool(path: path, configuration: configuration(busyTimeout))
            try pool.writeWithoutTransaction { database in
                // The pool sets NORMAL when it opens; that loses the last commits in a power cut.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try check(database)
            }
            try Migrations.migrator.migrate(pool)
            try pool.read(checkSchema)
            return StateDatabase(pool: pool)
        } catch {
            throw StateError(error)
        }
    }

    /// Closes all connections. Later operations throw.
    package func close() throws(StateError) {
        do { try pool.close() } catch { throw StateError(error) }
    }

    func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws(StateError) -> Value {
        do { return try await pool.read(body) } catch { throw StateError(error) }
    }

    /// Runs `body` in an IMMEDIATE transaction and commits it.
    func write<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws(StateError) -> Value {
        do { return try await pool.write(body) } catch { throw StateError(error) }
    }

    /// Cuts the write-ahead log to nothing: what was overwritten is then in no file any more.
    func discardHistory() async throws(StateError) {
        do {
            _ = try await pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        } catch {
            throw StateError(error)
        }
    }

    private static func configuration(_ busyTimeout: Int) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Double(max(busyTimeout, 0)) / 1000)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 2
        configuration.label = "martlet.state"
        configuration.prepareDatabase { database in
            // SQL in the file's own schema cannot call anything dangerous, and corrupted cells are errors.
            // What is overwritten or deleted is overwritten in the file: erasures reach approvals.
            try database.execute(
                sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON")
        }
        return configuration
    }

    private static func check(_ database: Database) throws {
        let found = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard found == Migrations.applicationID || (found == 0 && tables == 0) else { throw StateError.foreignFile }
        let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
        guard verdict == "ok" else { throw StateError.corrupted(verdict ?? "quick_check") }
        guard try !Migrations.migrator.hasBeenSuperseded(database) else { throw StateError.newerSchema }
    }

    private static func checkSchema(_ database: Database) throws {
        guard try Migrations.migrator.hasCompletedMigrations(database) else { throw StateError.newerSchema }
    }
}
