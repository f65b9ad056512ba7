import MartletAudit
import MartletTesting
import MartletTransparency
import Synchronization

@testable import MartletStorage

/// The three threads of a log as one: each does a step when a schedule says so, also between two file calls of another.
final class Crew: Sendable {
    private let log: RecoveredLog
    private let ledger: ScheduleLedger
    private let room: Int
    /// Each is taken out while it works.
    private let loop: Mutex<CommitLoop?>
    private let upkeep: Mutex<LogUpkeep?>
    private let publisher: Mutex<LogPublisher?>
    private let isKept = Mutex(false)
    private let answers = Mutex<[Task<Void, Never>]>([])

    init(_ log: RecoveredLog, _ ledger: ScheduleLedger) {
        self.log = log
        self.ledger = ledger
        room = SegmentFormat.room(in: log.locked.settings.segmentBytes)
        loop = Mutex(log.loop)
        upkeep = Mutex(log.upkeep)
        publisher = Mutex(log.publisher)
    }

    /// Whether the process would end now.
    var hasFailed: Bool { log.head.failure != nil }
    /// Whether somebody else moved the head, which nobody does here.
    var hasLostHead: Bool {
        guard case .head = log.keeper?.watch.failure else { return false }
        return true
    }

    func step(_ dice: inout Dice) {
        switch dice.below(log.keeper == nil ? 5 : 6) {
        case 0: prepare()
        case 1: publish()
        case 5: keepHead()
        default: commit(&dice)
        }
    }

    func adopt() { with(upkeep) { $0.adopt() } }
    func prepare() { with(upkeep) { $0.makeSpares() } }
    func publish() { alone { with(publisher) { _ = $0.publish(settlesName: false) } } }

    func keepHead() {
        // What could not be kept is tried again, or ends the log.
        alone {
            do throws(SegmentError) { try log.keeper?.keep(log.head.frontier) } catch { return }
        }
    }

    /// The two that keep the head wait for each other; here the second one comes another time.
    private func alone(_ body: () -> Void) {
        guard log.keeper != nil else { return body() }
        let isFree = isKept.withLock { isKept in
            defer { isKept = true }
            return !isKept
        }
        guard isFree else { return }
        body()
        isKept.withLock { $0 = false }
    }

    /// A batch that needs one new segment at most: a second one would be waited for.
    func commit(_ dice: inout Dice) {
        guard !hasFailed else { return }
        if log.runway.count == 0 { prepare() }
        guard log.runway.count > 0 || log.runway.isDegraded else { return }
        let entries = batch(&dice)
        with(loop) { loop in
            for entry in entries { answers.withLock { $0.append(offer(entry)) } }
            loop.commit(log.queue.takeWaiting()[...])
        }
    }

    /// The end of a process that is asked to stop.
    func close() {
        with(loop) { $0.writer.close() }
        alone { with(publisher) { $0.finish() } }
    }

    /// Waits until everybody who offered an entry has the answer.
    func settle() async {
        log.queue.fail(.closed)
        for answer in answers.withLock({ $0 }) { await answer.value }
    }

    private func with<Worker: Sendable>(_ worker: borrowing Mutex<Worker?>, _ body: (inout Worker) -> Void) {
        guard var taken = worker.withLock({ $0.take() }) else { return }
        body(&taken)
        worker.withLock { $0 = taken }
    }

    private func batch(_ dice: inout Dice) -> [AuditEntry] {
        let isMany = dice.isOne(in: 8)
        let count = isMany ? 12 : 1 + dice.below(5)
        var (entries, bytes) = ([AuditEntry](), 0)
        for _ in 0..<count {
            let entry = entry(&dice, bytes: isMany ? 8 : 8 + dice.below(dice.pick([40, 300, 1200])))
            bytes += SegmentFormat.entryBytes(leaf: entry.leaf.count, payload: entry.payload?.count)
            guard bytes <= room else { break }
            entries.append(entry)
        }
        return entries
    }

    private func entry(_ dice: inout Dice, bytes: Int) -> AuditEntry {
        var leaf: [UInt8] = []
        while leaf.count < bytes { leaf.append(littleEndian: dice.next()) }
        let payload = dice.isOne(in: 3) ? Array(leaf.reversed()) : nil
        return AuditEntry(leaf: leaf, payload: payload, isEssential: dice.coin())
    }

    private func offer(_ entry: AuditEntry) -> Task<Void, Never> {
        ledger.noteOffer(entry)
        return Task.immediate {
            let result = await withUnsafeContinuation { continuation in
                let append = PendingAppend(entry, .caller(continuation))
                if let refusal = log.queue.put(append) { append.answer(.failure(refusal)) }
            }
            if case .success(let index) = result { ledger.noteAcknowledged(index, entry.leaf) }
        }
    }
}
