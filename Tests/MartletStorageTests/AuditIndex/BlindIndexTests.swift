import Foundation
import MartletApproval
import MartletAudit
import MartletCore
import MartletTesting
import Testing

@testable import MartletStorage

/// A log on disk with sealed arguments, its vault, and the index beside it.
struct SealedLog {
    let folder = Result { try TemporaryFolder() }
    let path: String
    let store: SegmentStore
    let vault: SQLiteKeyStore
    let audit: AuditLog
    private let eraser: Eraser
    let root: RootKey

    var log: String { path + "/log" }
    var indexPath: String { path + "/index.sqlite" }
    var vaultPath: String { path + "/keys.sqlite" }

    init() throws {
        path = try folder.get().path
        root = try Self.root()
        store = try LogFixture.open(path + "/log", LogFixture.settings(segmentBytes: 64 << 10)).store
        vault = try SQLiteKeyStore.open(path: path + "/keys.sqlite")
        let keys = PayloadVault(root: root, store: vault)
        audit = AuditLog(
            store: store, clock: FixedClock(), random: SeededRandom(seed: 3),
            identity: LogIdentity(node: "gw-1", environment: try #require(EnvironmentName("demo")), posture: "pilot"),
            sealing: keys)
        eraser = Eraser(
            audit: audit, store: vault, vault: keys, approvals: ApprovalDesk(store: MemoryApprovalStore()),
            found: Erasures())
    }

    static func root(_ byte: UInt8 = 7) throws -> RootKey {
        try #require(RootKey(key: Secret(bytes: [UInt8](repeating: byte, count: 32))))
    }

    func deny(_ number: Int, vendor: String, user: String = "alice") async throws {
        let call = try ApprovalFixture.call(
            UInt64(number), arguments: #"{"amount":900,"vendor_id":"\#(vendor)"}"#,
            principal: try ApprovalFixture.principal(user: user))
        let context = CallContext(sourceAddress: "127.0.0.1", protocolVersion: "2026-07-28", transport: "http")
        let facts = DenialFacts(call, stage: .grant, reason: "no_grant", context: context)
        _ = await audit.recordDenial(facts, answering: ResponseDraft(status: 200))
    }

    func erase(_ user: String) async throws -> [KeyID] {
        let order = ErasureOrder(
            name: try ApprovalFixture.subject(user), issuer: nil, quarter: nil, matter: "T-17", reason: "asked",
            by: LocalPeer(user: 1000, process: 7))
        return try await eraser.erase(order).facts.keys
    }

    func source(_ places: String..., key: UInt8 = 7, vault: String? = nil) throws -> ArgumentSource {
        let call = try ApprovalFixture.call()
        let tool = try #require(ToolName("issue_payment"))
        let paths = (places.isEmpty ? ["/vendor_id"] : places).compactMap(SearchedPath.init)
        return ArgumentSource(
            SearchedArguments([call.upstream: [tool: paths]]), root: try Self.root(key),
            vault: vault ?? vaultPath)
    }

    func index() throws -> AuditIndex {
        var index = try AuditIndex.open(path: indexPath, log: log)
        try index.catchUp()
        return index
    }

    /// How many of the tokens stand in some file of the index.
    func count(_ tokens: [ArgumentToken]) throws -> Int {
        let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasPrefix("index") }.map {
            try Data(contentsOf: URL(fileURLWithPath: path + "/" + $0))
        }
        return tokens.count { token in files.contains { $0.range(of: Data(token.bytes)) != nil } }
    }
}

extension AuditIndex {
    fileprivate func takeAll(_ source: ArgumentSource, by count: Int = 100) throws {
        while try takeArguments(count, from: source) {}
    }

    fileprivate func found(_ vendor: String, _ source: ArgumentSource) throws -> [UInt64] {
        var filter = IndexFilter()
        filter.arguments = [try question(vendor, source)]
        return try rows(filter, IndexPage(limit: 100_000)).map(\.row.index)
    }

    fileprivate func question(_ vendor: String, _ source: ArgumentSource) throws -> ArgumentQuestion {
        let path = try #require(SearchedPath("/vendor_id"))
        return try #require(ArgumentQuestion(path, is: vendor, under: source.key))
    }
}

@Suite("the blind index of declared arguments")
struct BlindIndexTests {
    @Test(
        "finds the records of a value, whatever the size of a step, and goes on where it stood", arguments: [1, 3, 100])
    func finds(step: Int) async throws {
        let logged = try SealedLog()
        let source = try logged.source()
        for number in 0..<10 { try await logged.deny(number, vendor: "V-\(number % 3)") }
        var index = try logged.index()
        #expect(try index.argumentsBehind(source) == 10)
        try index.takeAll(source, by: step)
        #expect(try index.found("V-0", source) == [0, 3, 6, 9])
        #expect(try index.found("V-1", source) == [1, 4, 7] && index.found("V-9", source).isEmpty)
        for number in 10..<14 { try await logged.deny(number, vendor: "V-0") }
        try index.catchUp()
        #expect(try index.argumentsBehind(source) == 4)
        // Another process is faster.
        let other = try logged.index()
        try other.takeAll(source, by: step)
        try index.takeAll(source, by: step)
        #expect(try index.found("V-0", source) == [0, 3, 6, 9, 10, 11, 12, 13])
        #expect(try index.argumentsBehind(source) == 0 && index.closedArguments(IndexFilter()) == 0)
    }

    @Test("an erasure takes the tokens of its keys out of the file, and an index made again does not find them")
    func erased() async throws {
        let logged = try SealedLog()
        let source = try logged.source()
        for number in 0..<900 {
            try await logged.deny(number, vendor: "V-\(number)", user: ["alice", "bob", "carol"][number % 3])
        }
        var index = try logged.index()
        try index.takeAll(source)
        let gone = try stride(from: 1, to: 900, by: 3).map { try index.question("V-\($0)", source).tokens[0] }
        let kept = try index.question("V-0", source).tokens[0]
        #expect(try logged.count(gone) == 300)
        #expect(try await logged.erase("bob").count == 1)
        // Who has no keys brings the index up to date.
        try index.catchUp()
        #expect(try index.found("V-1", source).isEmpty && index.found("V-0", source) == [0])
        #expect(try index.closedArguments(IndexFilter()) == 300)
        #expect(try logged.count(gone) == 0)
        #expect(try logged.count([kept]) == 1)
        index.close()
        index = try AuditIndex.rebuilt(path: logged.indexPath, log: logged.log)
        try index.catchUp()
        try index.takeAll(source)
        #expect(try index.found("V-1", source).isEmpty && index.found("V-0", source) == [0])
        #expect(try index.closedArguments(IndexFilter()) == 300)
        #expect(try logged.count(gone) == 0)
    }

    @Test("arguments that were opened just before their key was erased leave no token")
    func race() async throws {
        let logged = try SealedLog()
        let source = try logged.source()
        try await logged.deny(0, vendor: "V-0")
        let index = try logged.index()
        #expect(try index.takeArguments(1, from: source))
        let key = try #require(KeyID("dk-gone"))
        let token = try index.question("V-0", source).tokens[0]
        try index.write { database in
            try ArgumentTables.erase([key], database)
            try ArgumentTables.insert([(0, .tokens([token], key))], next: 1, database)
        }
        #expect(try index.found("V-0", source).isEmpty && index.closedArguments(IndexFilter()) == 1)
    }

    @Test(
        "other declarations or another key begin again, and what was there is gone",
        arguments: ["places", "key", "none"])
    func replaced(by way: String) async throws {
        let logged = try SealedLog()
        let source = try logged.source()
        for number in 0..<5 { try await logged.deny(number, vendor: "V-0") }
        let index = try logged.index()
        try index.takeAll(source)
        let token = try index.question("V-0", source).tokens[0]
        let other = try way == "key" ? logged.source(key: 8) : logged.source("/amount")
        #expect(try index.hasArguments(besides: other) && !index.hasArguments(besides: source))
        #expect(try index.argumentsBehind(other) == 5)
        if way == "none" { try index.forgetArguments() } else { try index.takeAll(other) }
        #expect(try index.found("V-0", source).isEmpty && logged.count([token]) == 0)
        #expect(try index.closedArguments(IndexFilter()) == (way == "key" ? 5 : 0))
        try index.takeAll(source)
        #expect(try index.found("V-0", source) == [0, 1, 2, 3, 4])
        #expect(try index.closedArguments(IndexFilter()) == 0)
    }

    @Test("without the vault nothing is passed over")
    func noVault() async throws {
        let logged = try SealedLog()
        try await logged.deny(0, vendor: "V-0")
        let index = try logged.index()
        let lacking = try logged.source(vault: logged.path + "/nowhere")
        #expect(try index.takeArguments(10, from: lacking))
        #expect(throws: IndexError.vault(.cannotOpen(errno: ENOENT))) { try index.takeArguments(10, from: lacking) }
        try Data("no database, and longer than a page header".utf8).write(
            to: URL(fileURLWithPath: logged.path + "/bad"))
        let damaged = try logged.source(vault: logged.path + "/bad")
        // A damaged vault is no reason to make the index anew.
        do throws(IndexError) {
            _ = try index.takeArguments(10, from: damaged)
            Issue.record("it was read")
        } catch {
            #expect(!error.asksForRebuild)
        }
        let source = try logged.source()
        try index.takeAll(source)
        #expect(try index.found("V-0", source) == [0])
    }

    @Test("a running gateway makes the tokens by itself; what keeps it from that is said, and it goes on afterwards")
    func followed() async throws {
        let logged = try SealedLog()
        let (source, store) = (try logged.source(), logged.store)
        let away = URL(fileURLWithPath: logged.path + "/away")
        for number in 0..<200 { try await logged.deny(number, vendor: "V-\(number % 2)") }
        try FileManager.default.moveItem(at: URL(fileURLWithPath: logged.vaultPath), to: away)
        let follower = try LogFollower.start(index: logged.indexPath, log: logged.log, arguments: source) { store.size }
        #expect(try await reached { follower.argumentFailure != nil && follower.index.lag == 0 })
        #expect(follower.index.failure == nil && follower.rules.failure == nil)
        let index = try logged.index()
        try FileManager.default.moveItem(at: away, to: URL(fileURLWithPath: logged.vaultPath))
        #expect(try await reached { try index.argumentsBehind(source) == 0 && follower.argumentFailure == nil })
        try await logged.deny(200, vendor: "V-0")
        #expect(try await reached { try index.found("V-0", source).count == 101 })
        // Somebody makes the index anew: the tokens come again.
        let fresh = try AuditIndex.rebuilt(path: logged.indexPath, log: logged.log)
        try await logged.deny(201, vendor: "V-0")
        #expect(try await reached { try fresh.found("V-0", source).count == 102 })
        follower.stop()
        // The next one runs without declarations.
        let next = try LogFollower.start(index: logged.indexPath, log: logged.log) { store.size }
        #expect(try await reached { try fresh.found("V-0", source).isEmpty })
        next.stop()
    }

    @Test("of a closed log tokens are in memory alone: no erasure behind it would reach them in a file")
    func inMemory() async throws {
        let logged = try SealedLog()
        let source = try logged.source()
        for number in 0..<5 { try await logged.deny(number, vendor: "V-\(number % 2)") }
        let index = try logged.index()
        for _ in 0..<2 { try index.keepArgumentsInMemory() }
        try index.takeAll(source)
        #expect(try index.found("V-0", source) == [0, 2, 4] && index.argumentsBehind(source) == 0)
        #expect(try logged.count(index.question("V-0", source).tokens) == 0)
        let other = try logged.index()
        #expect(try other.found("V-0", source).isEmpty && other.argumentsBehind(source) == 5)
        // So has who may not write.
        var unwritten = try AuditIndex.open(path: nil, log: logged.log)
        try unwritten.catchUp()
        try unwritten.takeAll(source)
        #expect(try unwritten.found("V-0", source) == [0, 2, 4])
    }

    @Test("a log that is another one leaves no token of the first")
    func otherLog() async throws {
        let (logged, other) = (try SealedLog(), try SealedLog())
        let source = try logged.source()
        for number in 0..<5 { try await logged.deny(number, vendor: "V-0") }
        let first = try logged.index()
        try first.takeAll(source)
        let token = try first.question("V-0", source).tokens[0]
        first.close()
        try await other.deny(0, vendor: "V-1")
        var index = try AuditIndex.open(path: logged.indexPath, log: other.log)
        try index.catchUp()
        #expect(try index.argumentsBehind(source) == 1 && logged.count([token]) == 0)
    }

    @Test("what a process that ended left in the write-ahead log is wiped at the next opening")
    func wiped() async throws {
        let logged = try SealedLog()
        let index = try logged.index()
        try index.execute("UPDATE argument_progress SET unwiped = 1")
        let next = try logged.index()
        #expect(try !next.read(ArgumentTables.isUnwiped))
    }

    @Test("a row that is not what the log says is never looked into: the index is to be made anew")
    func damaged() async throws {
        let logged = try SealedLog()
        try await logged.deny(0, vendor: "V-0")
        let index = try logged.index()
        try index.execute("UPDATE records SET status = 'x' WHERE idx = 0")
        let source = try logged.source()
        #expect(try index.takeArguments(10, from: source))
        #expect(throws: IndexError.database(.corrupted("records"))) { try index.takeArguments(10, from: source) }
    }
}
