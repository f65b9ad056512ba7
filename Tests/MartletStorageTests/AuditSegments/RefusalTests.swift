import MartletAudit
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("logs that are not opened")
struct RefusalTests {
    /// A closed log of three segments.
    static func disk(_ count: Int = 8) async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let store = try LogFixture.open("log", files: disk).store
        try await LogFixture.append(0..<count, to: store, bytes: 3000)
        store.close()
        return disk
    }

    static func refusal(_ disk: SimulatedDisk, _ settings: SegmentSettings = LogFixture.settings()) -> SegmentError? {
        do throws(SegmentError) {
            try LogFixture.open("log", settings, files: disk).store.close()
            return nil
        } catch {
            return error
        }
    }

    @Test("a second opener is refused while the first is open, and let in afterwards")
    func secondOpener() throws {
        let folder = try TemporaryFolder()
        let first = try LogFixture.open(folder.path).store
        #expect(throws: SegmentError.locked(path: folder.path + "/lock")) { try LogFixture.open(folder.path) }
        first.close()
        try LogFixture.open(folder.path).store.close()
    }

    @Test("a refused open gives the lock back")
    func lockAfterRefusal() throws {
        let disk = SimulatedDisk()
        disk["log/checkpoint"] = Array("nonsense\n".utf8)
        #expect(Self.refusal(disk) != nil)
        let lock = try disk.lock("log/lock")
        disk.close(lock)
    }

    @Test("a log whose last segment was put back to an older state is rolled back")
    func olderSegment() async throws {
        let disk = try await Self.disk()
        let older = try await Self.disk(7)
        disk["log/segments/00000002.seg"] = older["log/segments/00000002.seg"]
        #expect(Self.refusal(disk) == .rolledBack(size: 7, checkpoint: 8))
    }

    @Test("a log whose last segment is gone is rolled back")
    func lostSegment() async throws {
        let disk = try await Self.disk()
        try disk.remove("log/segments/00000002.seg")
        #expect(Self.refusal(disk) == .rolledBack(size: 6, checkpoint: 8))
    }

    @Test("a log without any segment but with a checkpoint is rolled back")
    func lostSegments() async throws {
        let disk = try await Self.disk()
        for path in disk.paths where path.hasSuffix(".seg") { try disk.remove(path) }
        #expect(Self.refusal(disk) == .rolledBack(size: 0, checkpoint: 8))
    }

    @Test("a gap between segments is named")
    func gap() async throws {
        let disk = try await Self.disk()
        try disk.remove("log/segments/00000001.seg")
        let fault = SegmentFault(segment: "00000001.seg", offset: 0, index: 3, kind: .segmentMissing)
        #expect(Self.refusal(disk) == .damaged(fault))
    }

    @Test("another history of the same length is found by the checkpoint's root")
    func rewritten() async throws {
        let disk = try await Self.disk()
        let other = SimulatedDisk()
        let store = try LogFixture.open("log", files: other).store
        try await LogFixture.append(1..<9, to: store, bytes: 3000)
        store.close()
        for path in other.paths where path.hasSuffix(".seg") { disk[path] = other[path] }
        #expect(Self.refusal(disk) == .rewritten(checkpoint: 8))
    }

    @Test("segments without checkpoint or without key are refused", arguments: ["checkpoint", "checkpoint.key"])
    func missing(name: String) async throws {
        let disk = try await Self.disk()
        try disk.remove("log/" + name)
        #expect(Self.refusal(disk) == .missing(path: "log/" + name))
    }

    @Test("a reader refuses segments without checkpoint")
    func readerWithoutCheckpoint() async throws {
        let disk = try await Self.disk()
        try disk.remove("log/checkpoint")
        #expect(throws: SegmentError.missing(path: "log/checkpoint")) {
            try SegmentReader(directory: "log", files: disk).verify()
        }
    }

    @Test("a checkpoint signed by another key is refused")
    func otherKey() async throws {
        let disk = try await Self.disk()
        disk["log/checkpoint"] = try await Self.disk()["log/checkpoint"]
        let error = SegmentError.checkpointRefused(.notSigned(by: LogFixture.origin))
        #expect(Self.refusal(disk) == error)
        #expect(throws: error) { try SegmentReader(directory: "log", files: disk).verify() }
    }

    @Test("an auditor's own copy of the public key is believed rather than the one beside the log")
    func auditorsKey() async throws {
        let disk = try await Self.disk()
        let forged = try await Self.disk()
        let key = String(decoding: disk["log/checkpoint.vkey"], as: UTF8.self)
        #expect(throws: SegmentError.checkpointRefused(.notSigned(by: LogFixture.origin))) {
            try SegmentReader(directory: "log", files: forged).verify(verifierKey: key)
        }
        try SegmentReader(directory: "log", files: disk).verify(verifierKey: key)
    }

    @Test("a log of another name is refused")
    func otherOrigin() async throws {
        var settings = LogFixture.settings()
        settings.origin = "log.test/b"
        #expect(Self.refusal(try await Self.disk(), settings) == .foreignLog(origin: LogFixture.origin))
    }

    @Test("a name that cannot stand in a checkpoint is refused", arguments: ["", "a b", "a+b", "a\nb"])
    func badOrigin(origin: String) {
        var settings = LogFixture.settings()
        settings.origin = origin
        #expect(Self.refusal(SimulatedDisk(), settings) == .invalidSettings)
    }

    @Test("a signing key that others may read is refused")
    func exposedKey() async throws {
        let disk = try await Self.disk()
        let key = disk["log/checkpoint.key"]
        try disk.remove("log/checkpoint.key")
        let file = try disk.create("log/checkpoint.key", permissions: 0o640)
        try disk.write(key, to: file, at: 0)
        #expect(Self.refusal(disk) == .keyExposed(path: "log/checkpoint.key", permissions: 0o640))
    }

    @Test("a key file that is no key is refused")
    func brokenKey() async throws {
        let disk = try await Self.disk()
        disk["log/checkpoint.key"] = Array("PRIVATE+KEY+nonsense\n".utf8)
        #expect(Self.refusal(disk) == .malformed(path: "log/checkpoint.key"))
    }

    @Test("a lost public key is written again")
    func lostVerifierKey() async throws {
        let disk = try await Self.disk()
        let key = disk["log/checkpoint.vkey"]
        try disk.remove("log/checkpoint.vkey")
        #expect(Self.refusal(disk) == nil)
        #expect(disk["log/checkpoint.vkey"] == key)
    }

    @Test("a segment that was cut or grew is named", arguments: [-1, -4096, 1])
    func fileSize(change: Int) async throws {
        let disk = try await Self.disk()
        let path = "log/segments/00000001.seg"
        disk[path] = change < 0 ? disk[path].dropLast(-change) : disk[path] + [0]
        let fault = SegmentFault(segment: "00000001.seg", offset: 0, index: 3, kind: .wrongFileSize)
        #expect(Self.refusal(disk) == .damaged(fault))
    }

    @Test("two segments that changed places are named")
    func swapped() async throws {
        let disk = try await Self.disk()
        (disk["log/segments/00000000.seg"], disk["log/segments/00000001.seg"]) =
            (disk["log/segments/00000001.seg"], disk["log/segments/00000000.seg"])
        let fault = SegmentFault(segment: "00000000.seg", offset: 0, index: 0, kind: .headerDamaged)
        #expect(Self.refusal(disk) == .damaged(fault))
    }
}
