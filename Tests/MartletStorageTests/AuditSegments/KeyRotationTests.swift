import Glibc
import MartletAudit
import MartletTesting
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("keys of a log that are replaced")
struct KeyRotationTests {
    private static let settings: SegmentSettings = {
        var settings = LogFixture.settings()
        settings.keyDirectory = "keys"
        return settings
    }()

    private func vkey(_ disk: SimulatedDisk) -> String {
        String(decoding: disk["log/checkpoint.vkey"].dropLast(), as: UTF8.self)
    }

    /// As the gateway records it, as far as the chain of keys reads it.
    private func record(_ keys: (old: String, new: String)) -> AuditEntry {
        let text = #"{"type":"key.rotated","derived":{"old_vkey":"\#(keys.old)","new_vkey":"\#(keys.new)"}}"#
        return AuditEntry(leaf: Array(text.utf8), payload: nil, isEssential: true)
    }

    /// A log of a release that kept the key beside it, with the next key laid down.
    private func prepared(seed: UInt64 = 1) async throws -> (disk: SimulatedDisk, old: String, new: String) {
        let disk = try await PublishingTests.closed(5)
        try disk.makeDirectory("keys")
        try disk.synchronizeDirectory(LogLayout.parent(of: "keys"))
        let keys = LogKeys(directory: "log", keys: "keys", files: disk)
        let (old, new) = try keys.prepare(random: SeededRandom(seed: seed))
        #expect(try keys.prepare(random: SeededRandom(seed: seed + 1)).new.verifierKey == new.verifierKey)
        return (disk, old.verifierKey, new.verifierKey)
    }

    /// Opens the log, replaces the key when one is laid down, and closes it.
    private func run(_ files: any SegmentFiles) async {
        do {
            let store = try SegmentStore.open(directory: "log", settings: Self.settings, files: files).store
            defer { store.close() }
            guard let keys = store.rotation else { return }
            store.rotate(recordedAt: try await store.append(record(keys)))
        } catch {
            return
        }
    }

    /// The first key vouches for the one that signs, and nothing is left over.
    private func expectReplaced(_ disk: SimulatedDisk, _ old: String, _ new: String) throws {
        #expect(vkey(disk) == new)
        let layout = LogLayout(directory: "log", keys: "keys")
        let chain = try RotationFiles(layout: layout, files: disk).chain(from: try #require(NoteVerifier(old))).chain
        #expect(chain.newest.verifierKey == new && chain.rotations.count == 1)
        let note = String(decoding: disk["log/checkpoint"], as: UTF8.self)
        for verifier in chain.verifiers { _ = try Checkpoint(signed: note, by: verifier) }
        let summary = try SegmentReader(directory: "log", files: disk).verify(verifierKey: old)
        #expect(summary.rotations == chain.rotations)
        #expect(
            disk.paths.filter { $0.contains("checkpoint.key") } == ["keys/checkpoint.key", "keys/checkpoint.key.old"])
    }

    @Test("the record, the proof of it, both signatures, the keys in their places")
    func whole() async throws {
        let (disk, old, new) = try await prepared()
        await run(disk)
        try expectReplaced(disk, old, new)
        #expect(try LogKeys(directory: "log", keys: "keys", files: disk).retire())
        #expect(try !LogKeys(directory: "log", keys: "keys", files: disk).retire())
        await run(disk)
        let note = String(decoding: disk["log/checkpoint"], as: UTF8.self)
        #expect(throws: CheckpointError.self) { try Checkpoint(signed: note, by: try #require(NoteVerifier(old))) }
        #expect(try SegmentReader(directory: "log", files: disk).verify(verifierKey: old).rotations.count == 1)
    }

    @Test(
        "wherever the disk fails and power is lost, the next start opens the log and goes on with it", arguments: 0..<90
    )
    func powerLoss(seed: Int) async throws {
        let (whole, old, new) = try await prepared(seed: UInt64(seed) + 1)
        let last = 2 * seed
        await run(FaultyFiles(whole) { $0.number >= last ? .before(errno: EIO) : nil })
        let disk = whole.afterPowerLoss(seed: UInt64(seed))
        // Whoever looks now, with the first key alone, finds a log that holds.
        _ = try SegmentReader(directory: "log", files: disk).verify(verifierKey: old)
        await run(disk)
        try expectReplaced(disk, old, new)
    }

    @Test("a proof that is spoilt is refused by whoever knows the old key only")
    func spoilt() async throws {
        let (disk, old, new) = try await prepared()
        await run(disk)
        let proof = disk["log/rotations/0.tlog-proof"]
        for place in stride(from: 0, to: proof.count, by: 13) {
            disk["log/rotations/0.tlog-proof"][place] ^= 1
            defer { disk["log/rotations/0.tlog-proof"] = proof }
            // Both keys sign: without the proof the log is the old key's alone.
            do throws(SegmentError) {
                let summary = try SegmentReader(directory: "log", files: disk).verify(verifierKey: old)
                #expect(summary.rotations.isEmpty, "byte \(place)")
            } catch {
                #expect(error == .rotationRefused(path: "log/rotations/0.tlog-proof"), "byte \(place)")
            }
        }
        #expect(try SegmentReader(directory: "log", files: disk).verify(verifierKey: new).rotations.isEmpty)
    }
}
