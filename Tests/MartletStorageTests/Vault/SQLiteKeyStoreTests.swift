import Foundation
import GRDB
import MartletAudit
import MartletCore
import MartletTesting
import Testing

@testable import MartletStorage

@Suite("Wrapped keys in SQLite")
struct SQLiteKeyStoreTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var path: String { folder.path + "/keys.sqlite" }

    @Test("keep the contract over two connections", arguments: KeyStoreContract.allCases)
    func contract(rule: KeyStoreContract) async throws {
        let (first, second) = (try SQLiteKeyStore.open(path: path), try SQLiteKeyStore.open(path: path))
        try await rule.check(first, second)
        try second.close()
        try first.close()
    }

    @Test("keep the contract in memory", arguments: KeyStoreContract.allCases)
    func memory(rule: KeyStoreContract) async throws {
        let store = MemoryKeyStore()
        try await rule.check(store, store)
    }

    @Test("only its owner can read the file, whatever the umask")
    func mode() throws {
        let mask = umask(0)
        defer { umask(mask) }
        let store = try SQLiteKeyStore.open(path: path)
        #expect(try folder.mode(of: "keys.sqlite") == 0o600)
        try store.close()
    }

    @Test("a wrapping key that no key was wrapped with is not taken, unless that is wanted")
    func roots() async throws {
        let (first, other) = (try #require(KeyID("pk-1")), try #require(KeyID("pk-2")))
        var store = try SQLiteKeyStore.open(path: path)
        #expect(try store.accepts(first, isNew: false), "there is none yet")
        #expect(try !store.accepts(other, isNew: false))
        try store.close()
        store = try SQLiteKeyStore.open(path: path)
        #expect(try !store.accepts(other, isNew: false) && store.accepts(other, isNew: true))
        #expect(try store.accepts(other, isNew: false) && store.accepts(first, isNew: false))
        // One of an earlier release knows the keys that its rows name.
        try await store.write {
            try $0.execute(sql: "DROP TABLE roots; DELETE FROM grdb_migrations WHERE identifier LIKE '3 %'")
        }
        try await store.write {
            try $0.execute(
                sql: "INSERT INTO data_keys VALUES ('dk-1', 'psn-1', '2026-Q4', 'pk-3', zeroblob(61))")
        }
        try store.close()
        store = try SQLiteKeyStore.open(path: path)
        #expect(try !store.accepts(first, isNew: false) && store.accepts(try #require(KeyID("pk-3")), isNew: false))
        try store.close()
    }

    @Test("a commit waits for the disk, and what is deleted is overwritten")
    func durability() async throws {
        let store = try SQLiteKeyStore.open(path: path)
        let found = try await store.write { database in
            try ["synchronous", "journal_mode", "secure_delete"].map { name in
                try String.fetchOne(database, sql: "PRAGMA \(name)")
            }
        }
        #expect(found == ["2", "truncate", "1"])
    }

    @Test("a key that was given out is there after a crash, and opens for a reader")
    func crash() async throws {
        let root = try #require(RootKey(key: Secret(bytes: [UInt8](repeating: 7, count: 32))))
        let store = try SQLiteKeyStore.open(path: path)
        let log = AuditLog(
            store: MemoryAuditStore(), clock: FixedClock(), random: SeededRandom(seed: 1),
            identity: LogIdentity(node: "gw-1", environment: try #require(EnvironmentName("demo")), posture: "pilot"),
            sealing: PayloadVault(root: root, store: store))
        let list = ListFacts(
            principal: try ApprovalFixture.principal(), upstream: try #require(UpstreamID("erp")), shown: [], hidden: 0,
            context: CallContext(sourceAddress: "127.0.0.1", protocolVersion: "2026-07-28", transport: "http"))
        _ = try await log.recordList(list, answering: ResponseDraft(status: 200))
        let after = try folder.crashed()
        let reader = try #require(try VaultReader.open(path: after.path + "/keys.sqlite"))
        let subject = DataSubject(issuer: "https://issuer.test", name: try ApprovalFixture.subject("alice"))
        let kept = try await store.key(
            of: subject, in: try #require(Quarter("2026-Q4")),
            else: FreshKey(salt: [], root: root.id) { _ in nil })
        #expect(try reader.key(kept.id) == kept)
        #expect(root.unwrap(kept)?.id == kept.id)
        let identity = try #require(try reader.identity(kept.pseudonym))
        #expect(identity.name == "alice" && identity.issuer == "https://issuer.test")
        #expect(identity.disclosure.flatMap { IdentityDisclosure($0) }?.pseudonym == kept.pseudonym)
        #expect(try reader.pseudonyms(of: "alice") == [kept.pseudonym.rawValue])
    }

    @Test("a reader makes no file, and refuses another program's")
    func reading() throws {
        #expect(try VaultReader.open(path: path) == nil)
        #expect(!FileManager.default.fileExists(atPath: path))
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "CREATE TABLE other (a)") }
        try queue.close()
        #expect(throws: StateError.foreignFile) { _ = try VaultReader.open(path: path) }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: StateError.foreignFile) { _ = try SQLiteKeyStore.open(path: path) }
    }
}
