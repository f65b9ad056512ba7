import MartletRecords
import MartletTransparency
import Testing

@testable import martlet_verify

@Suite("changes of a log are found, and named")
struct MutationTests {
    /// Seven records, stated at 3 and 5 too.
    static func small() throws -> MemoryLog { try MemoryLog(MemoryLog.records(7), sizes: [3, 5]) }
    /// Two full tiles and a partial one, stated at 200 and 512 too.
    static func large() throws -> MemoryLog { try MemoryLog(MemoryLog.words(600), sizes: [200, 512]) }

    /// The record that a byte of a file belongs to; of a checkpoint none.
    static func record(_ path: String, _ offset: Int, _ log: MemoryLog) throws -> UInt64? {
        guard let tile = TilePath(path) else { return nil }
        if case .hashes(let level) = tile.kind {
            return (tile.index << 8 + UInt64(offset / 32)) << (8 * UInt64(level))
        }
        let bytes = try #require(log.files[path])
        var (position, index) = (0, tile.index << 8)
        while let leaf = EntryBundle.leaf(bytes, at: position), leaf.upperBound <= offset {
            (position, index) = (leaf.upperBound, index + 1)
        }
        return index
    }

    @Test("an untouched log is good, and everything in it was looked at")
    func good() async throws {
        #expect(try await Self.small().fault() == nil)
        #expect(try await Self.large().fault(records: false) == nil)
        for count in [0, 1, 255, 256, 257] {
            #expect(try await MemoryLog(MemoryLog.words(count)).fault(records: false) == nil)
        }
    }

    @Test("every changed byte of a small log is named by its file and its record", arguments: [0x01, 0x80, 0xFF])
    func bytes(mask: UInt8) async throws {
        let log = try Self.small()
        #expect(log.files.count == 7)
        for (path, bytes) in log.files {
            for offset in bytes.indices {
                var changed = log
                changed.files[path]?[offset] ^= mask
                let fault = try await changed.fault()
                let wanted = try Self.record(path, offset, log)
                #expect(fault?.file == path && fault?.index == wanted, "\(path) \(offset)")
            }
        }
    }

    @Test("every removed and every added byte of a small log is named by its file")
    func lengths() async throws {
        let log = try Self.small()
        for (path, bytes) in log.files {
            for offset in bytes.indices {
                var (shorter, longer) = (log, log)
                shorter.files[path]?.remove(at: offset)
                longer.files[path]?.insert(bytes[offset] ^ 1, at: offset)
                #expect(try await shorter.fault()?.file == path, "\(path) without \(offset)")
                #expect(try await longer.fault()?.file == path, "\(path) with \(offset)")
            }
            var longer = log
            longer.files[path]?.append(0)
            #expect(try await longer.fault()?.file == path)
        }
    }

    @Test("every missing file is named; a partial tile of an older checkpoint is not missed")
    func files() async throws {
        let (log, needless) = (
            try Self.small(), Set([3, 5].flatMap { ["tile/0/000.p/\($0)", "tile/entries/000.p/\($0)"] })
        )
        for path in log.files.keys {
            var changed = log
            changed.files[path] = nil
            let fault = try await changed.fault()
            #expect(
                needless.contains(path) ? fault == nil : fault?.file == path && fault?.problem == .missing, "\(path)")
        }
    }

    /// Puts other records into the bundle of a log, and leaves the rest as it is.
    static func with(_ records: [[UInt8]]) throws -> MemoryLog {
        var (log, bundle) = (try MemoryLog(MemoryLog.records(7)), [UInt8]())
        for record in records { #expect(EntryBundle.append(record, to: &bundle)) }
        log.files["tile/entries/000.p/7"] = bundle
        return log
    }

    @Test("every record that is dropped, doubled, swapped, put in or replaced is named", arguments: 0..<7)
    func records(place: Int) async throws {
        let records = MemoryLog.records(7)
        func named(_ changed: [[UInt8]]) async throws -> UInt64? {
            let fault = try await Self.with(changed).fault()
            #expect(fault?.file == "tile/entries/000.p/7")
            return fault?.index
        }
        var changed = records
        changed.remove(at: place)
        #expect(try await named(changed) == UInt64(place))
        changed = records
        changed.insert(records[place], at: place)
        #expect(try await named(changed) == UInt64(place + 1))
        changed = records
        changed[place] = MemoryLog.record(99)
        #expect(try await named(changed) == UInt64(place))
        guard place < 6 else { return }
        changed = records
        changed.swapAt(place, place + 1)
        #expect(try await named(changed) == UInt64(place))
    }

    @Test("the same with the hashes made to fit is another log than the signed one", arguments: 0..<7)
    func rewritten(place: Int) async throws {
        let good = try MemoryLog(MemoryLog.records(7))
        var records = MemoryLog.records(7)
        records[place] = MemoryLog.record(99)
        var changed = try MemoryLog(records)
        changed.files["checkpoint"] = good.files["checkpoint"]
        #expect(try await changed.fault() == LogFault(file: "checkpoint", problem: .rewritten))
        records.remove(at: place)
        changed = try MemoryLog(records)
        changed.files["checkpoint"] = good.files["checkpoint"]
        #expect(try await changed.fault()?.problem == .missing)
    }

    @Test("a checkpoint of another key is refused, also when the log is made to fit")
    func otherKey() async throws {
        var log = try MemoryLog(MemoryLog.records(7))
        var frontier = MerkleFrontier()
        for record in MemoryLog.records(7) { frontier.append(.leaf(record)) }
        try log.sign(size: 7, root: frontier.root, by: try MemoryLog.signer(8))
        #expect(
            try await log.fault()
                == LogFault(file: "checkpoint", problem: .checkpoint(.note(.notSigned(by: MemoryLog.origin)))))
    }

    @Test("in a log of several levels each changed hash is named, and each changed record")
    func levels() async throws {
        let log = try Self.large()
        #expect(log.files.keys.contains("tile/1/000.p/2"))
        for (path, bytes) in log.files {
            let step = path.hasPrefix("tile/1") || path == "checkpoint" ? 1 : 397
            for offset in stride(from: 0, to: bytes.count, by: step) {
                var changed = log
                changed.files[path]?[offset] ^= 0x10
                let fault = try await changed.fault(records: false)
                let wanted = try Self.record(path, offset, log)
                #expect(fault?.file == path && fault?.index == wanted, "\(path) \(offset)")
            }
        }
    }

    @Test("a heartbeat that states another root than the tree has is a finding, in the middle of a tile too")
    func heartbeats() async throws {
        func findings(stating: (MerkleHash) -> MerkleHash) async throws -> [LogFinding] {
            var (leaves, frontier) = (MemoryLog.records(5), MerkleFrontier())
            for leaf in leaves.prefix(3) { frontier.append(.leaf(leaf)) }
            let root = stating(frontier.root).bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            let record = String(decoding: MemoryLog.record(5), as: UTF8.self)
                .replacing("call.denied", with: "log.heartbeat")
                .replacing(
                    #""nonce""#,
                    with: #""observed":{"mono_ns":1,"every_s":30,"size":3,"root":"sha256:\#(root.joined())"},"nonce""#)
            leaves.append(Array(record.utf8))
            let log = try MemoryLog(leaves + MemoryLog.records(2))
            let key = try #require(NoteVerifier(try MemoryLog.signer().verifierKey))
            return try await LogVerification(source: log, verifier: key).run().findings
        }
        #expect(try await findings { $0 } == [])
        #expect(try await findings { _ in .leaf([9]) }.map(\.index) == [5])
    }

    @Test("tiles that were swapped are named")
    func swapped() async throws {
        var log = try Self.large()
        let first = log.files["tile/entries/000"]
        log.files["tile/entries/000"] = log.files["tile/entries/001"]
        log.files["tile/entries/001"] = first
        #expect(try await log.fault(records: false)?.file == "tile/entries/000")
        #expect(try await log.fault(records: false)?.index == 0)
    }

    @Test("a log that lost its newest records is found by an older checkpoint, and so is one with another past")
    func older() async throws {
        let (now, earlier) = (try MemoryLog(MemoryLog.records(7)), try MemoryLog(MemoryLog.records(5)))
        #expect(try await now.fault(since: earlier) == nil)
        #expect(try await now.fault(since: now) == nil)
        #expect(try await now.fault(since: try MemoryLog([])) == nil)
        #expect(try await earlier.fault(since: now) == LogFault(file: "old", problem: .rolledBack(olderSize: 7)))
        var records = MemoryLog.records(7)
        records[2] = MemoryLog.record(99)
        let other = try MemoryLog(records)
        #expect(try await other.fault() == nil)
        #expect(try await other.fault(since: earlier) == LogFault(file: "old", problem: .forked(olderSize: 5)))
        #expect(try await other.fault(since: try MemoryLog(MemoryLog.records(2))) == nil)
    }

    @Test("a full tile in the place of a partial one will do: the log has gone on")
    func goneOn() async throws {
        var log = try MemoryLog(MemoryLog.words(300))
        log.files["checkpoint"] = try MemoryLog(MemoryLog.words(200)).files["checkpoint"]
        #expect(try await log.fault(records: false) == nil)
        log.files["tile/0/000"]?[5] ^= 1
        #expect(try await log.fault(records: false)?.file == "tile/0/000")
        log = try MemoryLog(MemoryLog.words(300))
        log.files["checkpoint"] = try MemoryLog(MemoryLog.words(200)).files["checkpoint"]
        log.files["tile/0/000"]?[32 * 200] ^= 1
        #expect(try await log.fault(records: false) == nil, "behind the checkpoint")
    }

    @Test("what is no tile is counted and left alone")
    func foreign() async throws {
        var log = try Self.small()
        log.files["tile/0/000.p/8.tmp"] = [1]
        log.files["tile/note.txt"] = [1]
        let verifier = try #require(NoteVerifier(try MemoryLog.signer().verifierKey))
        let report = try await LogVerification(source: log, verifier: verifier).run()
        #expect((report.foreign, report.compared, report.beyond) == (2, 6, 0))
    }
}

@Suite("the shape of a record")
struct RecordShapeTests {
    static func fault(_ text: String) async throws -> LogFault? {
        try await MemoryLog([MemoryLog.record(0), Array(text.utf8)]).fault()
    }

    static let good = String(decoding: MemoryLog.record(1), as: UTF8.self)

    @Test(
        "a leaf that is signed and no record is named",
        arguments: [
            ("{", RecordProblem.notJSON("unexpected end at byte 1")), ("[]", .notObject), ("{}", .unknownVersion),
            (good.replacing(#""v":1"#, with: #""v":2"#), .unknownVersion),
            (good.replacing("call.denied", with: "call"), .badMember("type")),
            (good.replacing("call.denied", with: "Call.denied"), .badMember("type")),
            (good.replacing("c-1", with: ""), .badMember("id")),
            (good.replacing("T19", with: " 19"), .badMember("t")),
            (good.replacing("000001Z", with: "Z"), .badMember("t")),
            (good.replacing(#""node":"n","#, with: ""), .badMember("node")),
            (good.replacing(#""env":"e""#, with: #""env":7"#), .badMember("env")),
            (good.replacing("AAAA", with: "AAA"), .badMember("nonce")),
            (good.replacing(#""v":1,"#, with: #""v":1,"idx":2,"#), .otherIndex),
            (good.replacing(#""v":1,"#, with: #""v":1,"prev":1,"#), .badMember("prev")),
            (good.replacing(#""v":1,"#, with: #""v":1,"v":1,"#), .notJSON("duplicate key at byte 7")),
        ])
    func refused(text: String, problem: RecordProblem) async throws {
        let fault = try await Self.fault(text)
        #expect(fault == LogFault(file: "tile/entries/000.p/2", index: 1, problem: .record(problem)))
    }

    @Test("a record that names its index and one before it is good")
    func accepted() async throws {
        #expect(try await Self.fault(Self.good) == nil)
        #expect(try await Self.fault(Self.good.replacing(#""v":1,"#, with: #""v":1,"idx":1,"prev":0,"#)) == nil)
        #expect(try await Self.fault(Self.good.replacing(".000001Z", with: "Z")) == nil)
    }
}

@Suite("the rules among the records")
struct RecordRuleTests {
    @Test(
        "a log that is the signed one and whose records contradict each other is found, and only when they must be records"
    )
    func contradiction() async throws {
        let closing = String(decoding: MemoryLog.record(1), as: UTF8.self).replacing(
            "call.denied", with: "call.outcome")
        let log = try MemoryLog([MemoryLog.record(0), Array(closing.utf8)])
        let verifier = try #require(NoteVerifier(try MemoryLog.signer().verifierKey))
        var verification = LogVerification(source: log, verifier: verifier)
        #expect(try await verification.run().findings.map(\.rule) == [.outcomeHasIntent])
        verification.expectsRecords = false
        #expect(try await verification.run().findings == [])
    }
}
