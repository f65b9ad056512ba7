import Foundation
import MartletAudit
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("the index of the audit log")
struct AuditIndexTests {
    /// A log on disk with its index beside it.
    final class Logged {
        let folder: TemporaryFolder
        let store: SegmentStore
        private(set) var leaves: [[UInt8]] = []
        var records: RandomRecords
        var log: String { folder.path + "/log" }
        var path: String { folder.path + "/index.sqlite" }

        init(seed: UInt64 = 1) throws {
            folder = try TemporaryFolder()
            records = RandomRecords(seed: seed)
            store = try LogFixture.open(folder.path + "/log", LogFixture.settings(segmentBytes: 64 << 10)).store
        }

        func append(_ count: Int) async throws {
            let more = records.leaves(count)
            leaves += more
            for (number, leaf) in more.enumerated() {
                let payload = number.isMultiple(of: 3) ? Array("sealed".utf8) : nil
                _ = try await store.append(AuditEntry(leaf: leaf, payload: payload, isEssential: true))
            }
        }

        func index() throws -> AuditIndex { try AuditIndex.open(path: path, log: log) }

        /// What the index must hold, by a full scan of the log and nothing else.
        func scanned() throws -> [IndexRow] {
            var rows: [IndexRow] = []
            for record in try LogFixture.records(log) {
                var row = IndexRow(leaf: record.leaf, index: record.index, hash: .leaf(record.leaf))
                if let intent = row.intent { row = row.closing(rows[Int(intent)]) }
                rows.append(row)
            }
            return rows
        }
    }

    private static let all = IndexPage(limit: 100_000)

    @Test("gives the same answers as a scan of the whole log, for thousands of records and every filter")
    func sameAsScan() async throws {
        let logged = try Logged(seed: 7)
        try await logged.append(2500)
        logged.store.close()
        var index = try logged.index()
        #expect(try index.catchUp() == 2500)
        let rows = try logged.scanned()
        #expect(try index.rows(IndexFilter(), Self.all).map(\.row) == rows)
        var found = 0
        for _ in 0..<300 {
            let filter = logged.records.filter(records: 2500)
            let expected = rows.filter(filter.admits)
            found += expected.isEmpty ? 0 : 1
            #expect(try index.rows(filter, Self.all).map(\.row) == expected, "\(filter.text)")
            #expect(try index.count(filter) == expected.count)
            let newest = try index.rows(filter, IndexPage(limit: 5, isNewestFirst: true)).map(\.row.index)
            #expect(newest == expected.suffix(5).reversed().map(\.index))
        }
        #expect(found > 100, "filters that find nothing prove little")
        index.close()
    }

    @Test("an outcome is found by who called what")
    func inherited() async throws {
        let logged = try Logged()
        try await logged.append(400)
        logged.store.close()
        var index = try logged.index()
        try index.catchUp()
        var filter = IndexFilter()
        filter.equal = [.type: "call.outcome", .tool: "issue_payment", .agent: "ops-bot"]
        let rows = try index.rows(filter, Self.all)
        #expect(!rows.isEmpty && rows.allSatisfy { $0.row[.credential] != nil && $0.row[.status] != nil })
    }

    @Test("goes on where it stood, beside the writer, over the ends of segments, and in several processes")
    func resumes() async throws {
        let logged = try Logged(seed: 3)
        var first = try logged.index()
        var other = try logged.index()
        #expect(try first.catchUp() == 0)
        for round in 1...12 {
            try await logged.append(round * 7)
            let size = UInt64(logged.leaves.count)
            if round.isMultiple(of: 3) { #expect(try other.catchUp() == size) }
            #expect(try first.catchUp() == size)
            if round.isMultiple(of: 4) {
                first.close()
                first = try logged.index()
            }
        }
        #expect(try first.rows(IndexFilter(), Self.all).map(\.row) == (try logged.scanned()))
        #expect(try FileManager.default.contentsOfDirectory(atPath: logged.log + "/segments").count > 2)
    }

    @Test("what a crash left of it is continued", arguments: [1, 2, 5])
    func crashes(round: Int) async throws {
        let logged = try Logged(seed: 11)
        var index = try logged.index()
        for _ in 0..<round {
            try await logged.append(60)
            try index.catchUp()
        }
        try await logged.append(60)
        let copy = try logged.folder.crashed()
        var again = try AuditIndex.open(path: copy.path + "/index.sqlite", log: logged.log)
        #expect(try again.catchUp() == UInt64(logged.leaves.count))
        #expect(try again.rows(IndexFilter(), Self.all).map(\.row) == (try logged.scanned()))
    }

    @Test("a damaged, cut or older file is built again", arguments: ["noise", "cut", "page", "version", "progress"])
    func rebuilt(_ damage: String) async throws {
        let logged = try Logged(seed: 5)
        try await logged.append(300)
        var index = try logged.index()
        try index.catchUp()
        if damage == "version" { try index.execute("PRAGMA user_version = 99") }
        if damage == "progress" { try index.execute("DELETE FROM progress") }
        index.close()
        let url = URL(fileURLWithPath: logged.path)
        var bytes = try Data(contentsOf: url)
        switch damage {
        case "noise": bytes = Data((0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 37) })
        case "cut": bytes = bytes.prefix(bytes.count / 2)
        case "page": bytes.replaceSubrange(4096..<(3 * 4096), with: [UInt8](repeating: 0xA5, count: 8192))
        default: break
        }
        try bytes.write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: logged.path)
        var again = try Self.opened(logged)
        try again.catchUp()
        #expect(try again.rows(IndexFilter(), Self.all).map(\.row) == (try logged.scanned()))
    }

    /// As the gateway and the command line open it.
    private static func opened(_ logged: Logged) throws -> AuditIndex {
        do throws(IndexError) {
            var index = try AuditIndex.open(path: logged.path, log: logged.log)
            try index.catchUp()
            _ = try index.rows(IndexFilter(), all)
            return index
        } catch {
            try #require(error.asksForRebuild)
            return try AuditIndex.rebuilt(path: logged.path, log: logged.log)
        }
    }

    @Test("another program's database is left alone")
    func foreign() async throws {
        let logged = try Logged()
        _ = try StateDatabase.open(path: logged.path)
        #expect(throws: IndexError.database(.foreignFile)) { try logged.index() }
        #expect(FileManager.default.fileExists(atPath: logged.path))
    }

    @Test("begins again when the log is another one, or shorter than it was")
    func otherLog() async throws {
        let (first, second) = (try Logged(seed: 1), try Logged(seed: 2))
        try await first.append(100)
        try await second.append(40)
        var index = try first.index()
        #expect(try index.catchUp() == 100)
        index.close()
        var moved = try AuditIndex.open(path: first.path, log: second.log)
        #expect(try moved.catchUp() == 40)
        #expect(try moved.rows(IndexFilter(), Self.all).map(\.row) == (try second.scanned()))
    }

    @Test(
        "a row that does not say what its leaf says is noticed",
        arguments: [
            "agent = 'nobody'", "hash = zeroblob(32)", "position = position + 1", "position = 4000000", "segment = 9",
            "t = t + 1", "latency = 1", "status = NULL", "intent = 3", "bytes = 1 << 29", "type = 'call.denied'",
        ])
    func tampered(_ change: String) async throws {
        let logged = try Logged(seed: 9)
        try await logged.append(120)
        var index = try logged.index()
        try index.catchUp()
        var filter = IndexFilter()
        filter.equal[.type] = "call.outcome"
        let row = try #require(try index.rows(filter, Self.all).first)
        #expect(try index.leaf(of: row) == logged.leaves[Int(row.row.index)])
        // The agent of an outcome is that of its intent.
        let place = row.row.index
        try index.execute("UPDATE records SET \(change) WHERE idx = \(place)")
        var one = IndexFilter()
        (one.after, one.before) = (place - 1, place + 1)
        let changed = try #require(try index.rows(one, Self.all).last)
        #expect(try index.leaf(of: changed) == nil)
    }

    @Test("an unfinished batch at the end is waited for, and named")
    func unfinished() async throws {
        let logged = try Logged()
        try await logged.append(10)
        var index = try logged.index()
        try index.catchUp()
        #expect(index.obstacle == nil)
        let segment = try FileHandle(forUpdating: URL(fileURLWithPath: logged.log + "/segments/00000000.seg"))
        let end = try #require(try segment.readToEnd()?.lastIndex { $0 != 0 })
        try segment.seek(toOffset: UInt64(end + 1))
        try segment.write(contentsOf: Data([60, 0, 0, 0, 1, 2, 3, 4, 1]))
        #expect(try index.catchUp() == 10)
        #expect(index.obstacle?.index == 10)
        try segment.seek(toOffset: UInt64(end + 1))
        try segment.write(contentsOf: Data(repeating: 0, count: 9))
        try segment.close()
        try await logged.append(5)
        #expect(try index.catchUp() == 15)
        #expect(index.obstacle == nil)
    }
}
