import MartletAudit
import MartletStorage
import MartletTransparency
import Synchronization

/// What must hold and does not.
struct Broken: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What the world outside a log knows: who was promised what, and which checkpoints were seen.
final class ScheduleLedger: Sendable {
    static let checkpoint = "log/checkpoint"

    private struct State {
        var offered: [[UInt8]: [UInt8]?] = [:]
        var acknowledged: [UInt64: [UInt8]] = [:]
        var checkpoints: [UInt64: MerkleHash] = [:]
        var notes: [[UInt8]] = []
    }
    private let state = Mutex(State())

    var offers: Int { state.withLock { $0.offered.count } }
    var promises: Int { state.withLock { $0.acknowledged.count } }
    func noteOffer(_ entry: AuditEntry) { state.withLock { $0.offered[entry.leaf] = .some(entry.payload) } }
    func noteAcknowledged(_ index: UInt64, _ leaf: [UInt8]) { state.withLock { $0.acknowledged[index] = leaf } }
    func noteCheckpoint(_ note: [UInt8]) { state.withLock { $0.notes.append(note) } }

    /// Checks the records of a log that was just opened or verified.
    func check(_ records: [SegmentRecord]) throws(Broken) {
        let state = state.withLock { $0 }
        for (index, leaf) in state.acknowledged.sorted(by: { $0.key < $1.key }) {
            guard index < UInt64(records.count) else {
                throw Broken("record \(index) was acknowledged and is lost; there are \(records.count)")
            }
            guard records[Int(index)].leaf == leaf else { throw Broken("record \(index) is not what was acknowledged") }
        }
        for (place, record) in records.enumerated() {
            guard record.index == UInt64(place) else { throw Broken("record \(place) says it is \(record.index)") }
            guard let payload = state.offered[record.leaf] else { throw Broken("nobody gave record \(place)") }
            guard payload == record.payload else { throw Broken("record \(place) has other sealed values") }
        }
        guard Set(records.map(\.leaf)).count == records.count else { throw Broken("a record is there twice") }
    }

    /// Checks that the log is the continuation of every checkpoint that anybody may have seen.
    func checkCheckpoints(_ records: [SegmentRecord], _ verifier: NoteVerifier) throws(Broken) {
        var frontier = MerkleFrontier()
        var roots = [frontier.root]
        for record in records {
            frontier.append(.leaf(record.leaf))
            roots.append(frontier.root)
        }
        for note in Set(state.withLock { $0.notes }) {
            let checkpoint: Checkpoint
            do throws(CheckpointError) {
                checkpoint = try Checkpoint(signed: String(decoding: note, as: UTF8.self), by: verifier)
            } catch {
                throw Broken("a checkpoint was put in place that is none: \(error)")
            }
            guard checkpoint.size < UInt64(roots.count) else {
                throw Broken("a checkpoint at \(checkpoint.size) was seen, and the log has \(records.count) records")
            }
            guard roots[Int(checkpoint.size)] == checkpoint.root else {
                throw Broken("the checkpoint at \(checkpoint.size) is not the log's")
            }
        }
    }
}
