import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("what others stated about a published log")
struct OthersTests {
    /// The checkpoint of a log with so many records.
    private func statement(_ count: Int, _ disk: SimulatedDisk) async throws -> PublishedLog.Statement {
        let log = PublishedLog(directory: "log", files: try await PublishingTests.closed(count, on: disk))
        return try log.checkpoint(log.verifier())
    }

    @Test("two checkpoints are tied together whichever is the larger one", arguments: [(60, 300), (7, 8), (300, 300)])
    func continuation(sizes: (Int, Int)) async throws {
        let disk = SimulatedDisk()
        let (earlier, later) = (try await statement(sizes.0, disk), try await statement(sizes.1, disk))
        let log = PublishedLog(directory: "log", files: disk)
        for request in [try log.continuation(earlier, later), try log.continuation(later, earlier)] {
            #expect(request.ties(earlier.checkpoint, to: later.checkpoint))
            #expect(request.note == later.note && request.old == UInt64(sizes.0))
            let read = try #require(WitnessRequest(request.text))
            #expect(read == request)
            #expect(sizes.0 == sizes.1 || !read.ties(later.checkpoint, to: earlier.checkpoint))
        }
    }

    @Test("another history, another origin or another note is tied to nothing")
    func foreign() async throws {
        let disk = SimulatedDisk()
        let (earlier, later) = (try await statement(60, disk), try await statement(100, disk))
        let (size, root) = (earlier.checkpoint.size, earlier.checkpoint.root)
        let other = Checkpoint(origin: earlier.checkpoint.origin, size: size, root: later.checkpoint.root)
        let log = PublishedLog(directory: "log", files: disk)
        #expect(throws: SegmentError.rewritten(checkpoint: 60)) {
            try log.continuation(later, (note: other.text, checkpoint: other))
        }
        let request = try log.continuation(earlier, later)
        #expect(!request.ties(Checkpoint(origin: "log.test/other", size: size, root: root), to: later.checkpoint))
        let moved = WitnessRequest(old: 60, path: request.path, note: earlier.note)
        #expect(!moved.ties(earlier.checkpoint, to: later.checkpoint))
        let renamed = WitnessRequest(old: 59, path: request.path, note: later.note)
        #expect(!renamed.ties(earlier.checkpoint, to: later.checkpoint))
    }

    @Test("a log without timestamps has none, and other names in their directory are no tokens")
    func timestamps() async throws {
        let disk = SimulatedDisk()
        let signed = try await statement(5, disk)
        let log = PublishedLog(directory: "log", files: disk)
        #expect(try log.timestamps() == [] && log.witnessedNote() == nil)
        let kept = TimestampFiles(directory: "log", files: disk)
        #expect(try kept.keep([1, 2], for: signed.note, size: 5) == "timestamps/5.tsr")
        _ = try kept.keep([1, 2], for: signed.note, size: 50)
        try disk.replace("log/timestamps/05.tsr", with: [])
        #expect(try log.timestamps() == [5, 50])
        #expect(throws: SegmentError.malformed(path: "log/timestamps/5.tsr")) { try log.timestamp(5) }
        #expect(throws: SegmentError.malformed(path: "log/timestamps/50.checkpoint")) { try log.timestamp(50) }
        #expect(throws: SegmentError.missing(path: "log/timestamps/6.checkpoint")) { try log.timestamp(6) }
    }
}
