import Foundation
import GRDB
import Testing

@testable import MartletStorage

@Suite("The state database")
struct StateDatabaseTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("only its owner can read it, the journal included, whatever the umask")
    func mode() throws {
        let mask = umask(0)
        defer { umask(mask) }
        let database = try StateDatabase.open(path: folder.database)
        #expect(try folder.mode(of: "state.sqlite") == 0o600)
        #expect(try folder.mode(of: "state.sqlite-wal") == 0o600)
        #expect(try folder.mode(of: "state.sqlite-shm") == 0o600)
        try database.close()
    }

    @Test("a commit waits for the disk, foreign keys hold, and the journal is a WAL")
    func durability() async throws {
        let database = try StateDatabase.open(path: folder.database)
        let found = try await database.write { database in
            try ["synchronous", "foreign_keys", "journal_mode"].map { name in
                try String.fetchOne(database, sql: "PRAGMA \(name)")
            }
        }
        #expect(found == ["2", "1", "wal"])
    }

    @Test("every table is strict")
    func strict() async throws {
        let database = try StateDatabase.open(path: folder.database)
        let loose = try await database.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND type = 'table'")
        }
        #expect(Set(loose).subtracting(["sqlite_schema", "sqlite_sequence", "grdb_migrations"]).isEmpty)
    }

    @Test("it can be opened again and again")
    func reopen() throws {
        for _ in 0..<3 { try StateDatabase.open(path: folder.database).close() }
    }

    @Test("a file that others can read is refused", arguments: [0o640, 0o604, 0o660, 0o602])
    func readable(mode: Int) throws {
        try StateDatabase.open(path: folder.database).close()
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.database)
        #expect(throws: StateError.readableByOthers(path: folder.database, mode: UInt32(mode))) {
            try StateDatabase.open(path: folder.database)
        }
    }

    @Test("a symbolic link is refused")
    func link() throws {
        try StateDatabase.open(path: folder.path + "/real").close()
        try FileManager.default.createSymbolicLink(
            atPath: folder.database, withDestinationPath: folder.path + "/real")
        #expect(throws: StateError.foreignFile) { try StateDatabase.open(path: folder.database) }
    }

    @Test("a folder that is not there is an error with its errno")
    func missingFolder() {
        #expect(throws: StateError.cannotOpen(errno: ENOENT)) {
            try StateDatabase.open(path: folder.path + "/none/state.sqlite")
        }
    }

    @Test("a device or another program's database is refused")
    func foreign() throws {
        #expect(throws: StateError.foreignFile) { try StateDatabase.open(path: "/dev/null") }
        let other = try DatabaseQueue(path: folder.database)
        try other.write { try $0.execute(sql: "CREATE TABLE t (x)") }
        try other.close()
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.database)
        #expect(throws: StateError.foreignFile) { try StateDatabase.open(path: folder.database) }
    }

    @Test("bytes that are no database are corrupted")
    func garbage() throws {
        _ = FileManager.default.createFile(
            atPath: folder.database, contents: Data(repeating: 0x41, count: 8192),
            attributes: [.posixPermissions: 0o600])
        #expect(throws: StateError.corrupted("file")) { try StateDatabase.open(path: folder.database) }
    }

    @Test("a damaged page is found at start")
    func damaged() throws {
        let database = try StateDatabase.open(path: folder.database)
        _ = try database.pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try database.close()
        let file = try #require(FileHandle(forUpdatingAtPath: folder.database))
        try file.seek(toOffset: 4096)
        try file.write(contentsOf: Data(repeating: 0xEE, count: 8 * 4096))
        try file.close()
        let error = #expect(throws: StateError.self) { try StateDatabase.open(path: folder.database) }
        #expect(error?.isCorrupted == true)
    }

    @Test("a file of a newer release is refused")
    func newer() throws {
        let database = try StateDatabase.open(path: folder.database)
        try database.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 from the future')") }
        try database.close()
        #expect(throws: StateError.newerSchema) { try StateDatabase.open(path: folder.database) }
    }

    @Test(
        "an error says what to do about it",
        arguments: [
            (StateError.readableByOthers(path: "s/a.sqlite", mode: 0o644), "(mode 0644); run: chmod 600 s/a.sqlite"),
            (.cannotOpen(errno: ENOENT), "cannot be opened: No such file or directory"),
            (.newerSchema, "start that release, or put back the copy made before the upgrade"),
            (.foreignFile, "name another directory in state"), (.busy, "end that process"),
            (.readOnly, "mounted read-only"), (.full, "free space"), (.corrupted("file"), "put back a backup"),
            (.cancelled, "was cancelled"), (.unavailable(code: 1), "SQLite reports code 1"),
        ])
    func tellsTheFix(error: StateError, text: String) {
        #expect("\(error)".hasSuffix(text))
    }
}

extension StateError {
    fileprivate var isCorrupted: Bool {
        if case .corrupted = self { true } else { false }
    }
}
