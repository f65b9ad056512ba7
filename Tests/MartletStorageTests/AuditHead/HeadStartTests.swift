import Glibc
import MartletAudit
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("a start beside the head of the log")
struct HeadStartTests {
    private static func fault(_ error: SegmentError?) -> HeadFault? {
        guard case .head(let fault) = error else { return nil }
        return fault
    }

    @Test("each run takes the head over and leaves it where the log ends")
    func runs() async throws {
        let disk = SimulatedDisk()
        for (run, count) in [3, 3, 8].enumerated() {
            let (store, _) = try LogFixture.open("log", HeadFixture.settings, files: disk)
            #expect(store.headReport?.size == (run == 0 ? nil : 3) && store.headReport?.runs == UInt64(run))
            try await LogFixture.append(Int(store.size)..<count, to: store)
            store.close()
            guard case .read(let head, _) = try HeadInspection(directory: "log", files: disk).read() else {
                Issue.record("there is no head")
                return
            }
            #expect(head.checkpoint == store.checkpoint && head.run == UInt64(run + 1))
        }
    }

    @Test("an older copy of the log that was put back is refused, and nothing is written to it")
    func restored() async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        let copy = HeadFixture.files(disk)
        try await HeadFixture.grow(disk, to: 8)
        try HeadFixture.restore(copy, on: disk)
        for _ in 0..<2 {
            #expect(
                Self.fault(HeadFixture.refusal(disk))
                    == .ahead(path: HeadFixture.headPath(disk) ?? "", size: 3, head: 8))
            #expect(HeadFixture.files(disk) == copy)
        }
    }

    @Test("another history from the same beginning is refused, also when it is longer", arguments: [8, 9])
    func otherHistory(count: Int) async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        let copy = HeadFixture.files(disk)
        try await HeadFixture.grow(disk, to: 8)
        try HeadFixture.restore(copy, on: disk)
        let (store, _) = try LogFixture.open("log", files: disk)
        try await LogFixture.append(100..<(97 + count), to: store)
        store.close()
        #expect(
            Self.fault(HeadFixture.refusal(disk))
                == .contradicted(path: HeadFixture.headPath(disk) ?? "", head: 8))
    }

    @Test("in the place of a log that is gone none is made")
    func wiped() async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        try HeadFixture.restore([:], on: disk)
        #expect(
            Self.fault(HeadFixture.refusal(disk)) == .ahead(path: HeadFixture.headPath(disk) ?? "", size: 0, head: 3))
        #expect(HeadFixture.files(disk).isEmpty)
    }

    @Test("a log that had a head is refused without it; one that never had one gets it")
    func lost() async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        let path = try #require(HeadFixture.headPath(disk))
        try disk.remove(path)
        #expect(Self.fault(HeadFixture.refusal(disk)) == .lost(path: path))
        try disk.remove("log/head.path")
        let (store, _) = try LogFixture.open("log", HeadFixture.settings, files: disk)
        #expect(store.headReport?.size == nil)
        store.close()
        #expect(disk.paths.contains(path) && disk.paths.contains("log/head.path"))
    }

    @Test("a second gateway is refused on a copy of the log while the first one runs")
    func cloned() async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        let first = try HeadFixture.open(disk)
        try disk.makeDirectory("copy")
        try disk.makeDirectory("copy/segments")
        for (path, bytes) in HeadFixture.files(disk) { disk["copy" + path.dropFirst(3)] = bytes }
        do throws(SegmentError) {
            try HeadFixture.open(disk, "copy").close()
            Issue.record("the copy was opened")
        } catch {
            guard case .held = Self.fault(error) else {
                Issue.record("\(error)")
                return
            }
        }
        first.close()
        try HeadFixture.open(disk, "copy").close()
    }

    @Test("a head that was changed in any byte is refused")
    func damaged() async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        let path = try #require(HeadFixture.headPath(disk))
        let bytes = disk[path]
        for place in bytes.indices {
            disk[path] = bytes
            disk[path][place] ^= 1
            #expect(Self.fault(HeadFixture.refusal(disk)) == .damaged(path: path), "byte \(place)")
        }
        for count in bytes.indices {
            disk[path] = Array(bytes.prefix(count))
            #expect(Self.fault(HeadFixture.refusal(disk)) == .damaged(path: path), "\(count) bytes")
        }
        disk[path] = bytes
        #expect(HeadFixture.refusal(disk) == nil)
    }

    @Test(
        "a directory that cannot be written refuses the start",
        arguments: [FileError.Operation.create, .write, .rename])
    func unwritable(operation: FileError.Operation) async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        let files = FaultyFiles(disk) { call in
            call.operation == operation && call.path.contains(".head") ? .before(errno: EROFS) : nil
        }
        do throws(SegmentError) {
            try HeadFixture.open(files).close()
            Issue.record("the log was opened")
        } catch {
            guard case .file(let cause) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(cause.errno == EROFS && cause.path.hasPrefix("head/"))
        }
        #expect(HeadFixture.refusal(disk) == nil, "the locks are free again")
    }

    @Test("logs of two names share a directory")
    func shared() async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        let settings = HeadFixture.settings(origin: "log.test/b")
        try LogFixture.open("other", settings, files: disk).store.close()
        #expect(disk.paths.filter { $0.hasSuffix(".head") }.count == 2)
    }

    @Test("a reader holds the log to its head, says when it cannot be read, and may leave it out")
    func reader() async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        let copy = HeadFixture.files(disk)
        try await HeadFixture.grow(disk, to: 8)
        let reader = SegmentReader(directory: "log", files: disk)
        #expect(try reader.verify(holdsToHead: true).head?.size == 8)
        #expect(try reader.verify().head == nil)
        try HeadFixture.restore(copy, on: disk)
        let path = try #require(HeadFixture.headPath(disk))
        #expect(throws: SegmentError.head(.ahead(path: path, size: 3, head: 8))) {
            try reader.verify(holdsToHead: true)
        }
        try reader.verify()
        let faulty = FaultyFiles(disk) { $0.path.hasPrefix("head") ? .before(errno: EACCES) : nil }
        let head = try SegmentReader(directory: "log", files: faulty).verify(holdsToHead: true).head
        guard case .unreadable(path, let cause) = head else {
            Issue.record("\(String(describing: head))")
            return
        }
        #expect(cause.errno == EACCES && head?.size == nil)
    }
}
