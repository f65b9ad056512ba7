package import MartletAudit
package import MartletCore
package import MartletTransparency
import Synchronization

/// The audit log on disk: segment files, written by one thread with group commit, signed checkpoints beside them.
///
/// `append` returns when the entry survives power loss. After the first failed write or `fdatasync` nothing is
/// acknowledged any more and nothing is tried again: the process must end, the next start recovers.
package final class SegmentStore: AuditStore {
    private let queue: AppendQueue
    private let head: DurableHead
    private let runway: Runway
    private let publishing: PublishingState
    private let threads: Mutex<OpenThreads?>
    private let nextKey: LogKey?
    private let key: LogKey
    private let locked: LockedLog
    private let keeper: HeadKeeper?
    private let room: Int

    private struct OpenThreads {
        let writer: DedicatedThread
        let upkeep: DedicatedThread
        let publisher: DedicatedThread
        let keeper: DedicatedThread?
        let lock: OpenFile
        let files: any SegmentFiles
    }

    /// Opens or makes the log in `directory`, verifies all of it and recovers from a crash.
    ///
    /// `visit` gets every record in order, for whoever must rebuild state from the log; forget them on an error.
    package static func open(
        directory: String, settings: SegmentSettings, files: any SegmentFiles = PosixFiles(),
        random: any RandomSource = SystemRandomSource(), visit: ((ParsedRecord) -> Void)? = nil
    ) throws(SegmentError) -> (store: SegmentStore, report: RecoveryReport) {
        let log = try RecoveredLog(
            directory: directory, settings: settings, files: files, random: random, visit: visit)
        do throws(FileError) {
            return (try SegmentStore(log), log.report)
        } catch {
            log.keeper?.release()
            log.locked.release()
            throw .file(error)
        }
    }

    private init(_ log: RecoveredLog) throws(FileError) {
        room = SegmentFormat.room(in: log.locked.settings.segmentBytes)
        head = log.head
        queue = log.queue
        runway = log.runway
        publishing = log.publishing
        (key, nextKey, locked, keeper) = (log.key, log.nextKey, log.locked, log.keeper)
        threads = Mutex(try Self.start(log))
    }

    private static func start(_ log: RecoveredLog) throws(FileError) -> OpenThreads {
        let upkeepThread = try DedicatedThread {
            var upkeep = log.upkeep
            upkeep.run()
        }
        let publisherThread = try DedicatedThread {
            var publisher = log.publisher
            publisher.run()
        }
        let keeperThread = try log.keeper.map { keeper throws(FileError) in try DedicatedThread { keeper.run() } }
        let writerThread = try DedicatedThread {
            var loop = log.loop
            loop.run()
        }
        return OpenThreads(
            writer: writerThread, upkeep: upkeepThread, publisher: publisherThread, keeper: keeperThread,
            lock: log.locked.lock, files: log.locked.files)
    }

    deinit { close() }

    package func append(_ entry: AuditEntry) async throws(AuditError) -> UInt64 {
        if let refusal = refusal(of: entry) { throw refusal }
        let result = await withUnsafeContinuation { continuation in
            let append = PendingAppend(entry, .caller(continuation))
            if let refusal = queue.put(append) { append.answer(.failure(refusal)) }
        }
        return try result.get()
    }

    package func enqueue(
        _ entry: AuditEntry, lost: @escaping @Sendable (AuditError) -> Void
    ) throws(AuditError) {
        if let refusal = refusal(of: entry) ?? queue.put(PendingAppend(entry, .loss(lost))) { throw refusal }
    }

    private func refusal(of entry: AuditEntry) -> AuditError? {
        let bytes = SegmentFormat.entryBytes(
            leaf: entry.leaf.count, payload: entry.payload.flatMap { $0.isEmpty ? nil : $0.count })
        guard !entry.leaf.isEmpty, entry.leaf.count <= AuditEntry.maximumLeafBytes, bytes <= room else {
            return .leafTooLarge(bytes: bytes)
        }
        guard entry.isEssential || !isDegraded else { return head.failure == nil ? .reserveReached : .closed }
        return nil
    }

    /// Whether nothing is permitted any more, and only essential entries are taken.
    package var isDegraded: Bool { lacksRoom || isHeadOverdue }

    /// Whether no segment can be made ahead and the last one is kept for essential entries.
    package var lacksRoom: Bool { runway.isDegraded }

    /// Segments made ahead, and why no further one can be made at present.
    package var spares: (count: Int, failure: FileError?) { (runway.count, runway.failure) }

    /// Whether the head is behind the log for longer than it may.
    package var isHeadOverdue: Bool { keeper?.watch.isOverdue ?? false }

    /// Why the head could not be kept last; nil when it was, or none is kept.
    package var headFailure: SegmentError? { keeper?.watch.failure }

    /// What was found of the head at the start; nil when none is kept.
    package var headReport: HeadReport? { keeper?.report }

    /// The record is durable that says how the head was found.
    package func noteHeadRecorded() { keeper?.watch.noteRecorded() }

    /// The error after which nothing is acknowledged any more; nil while the log can be believed.
    package var failure: FileError? { head.failure }

    /// Why tiles and checkpoint stay behind the log; nil while they do not. Calls do not depend on it.
    package var publishingFailure: SegmentError? { publishing.failure }

    /// The newest signed checkpoint; it covers what was durable about a second ago.
    package var checkpoint: Checkpoint { publishing.stated }

    /// Publishes a checkpoint of this log with the signatures of witnesses, soon.
    package func publish(witnessed note: String, of checkpoint: Checkpoint) {
        publishing.put(witnessed: note, of: checkpoint)
    }

    /// The public half of the key that signs it.
    package var verifierKey: String { key.verifier.verifierKey }

    /// The keys of the replacement that the operator has asked for, old and new; nil when there is none.
    package var rotation: (old: String, new: String)? {
        nextKey.map { (key.verifier.verifierKey, $0.verifier.verifierKey) }
    }

    /// Goes on with the next key as soon as the published log has the record at `index`, which names both.
    package func rotate(recordedAt index: UInt64) {
        guard let nextKey else { return }
        publishing.replace(KeyReplacement(layout: locked.layout, files: locked.files, next: nextKey, index: index))
    }

    /// Acknowledges nothing any more: the log is not what others have seen of it.
    package func distrust() { queue.fail(.closed) }

    /// The tree over all durable leaves: its size and root at the end of a batch.
    package var durable: (size: UInt64, root: MerkleHash) {
        let frontier = head.frontier
        return (frontier.size, frontier.root)
    }

    /// Leaves that are durable.
    package var size: UInt64 { head.frontier.size }

    /// Writes what waits, brings tiles and checkpoint up to it, and gives the lock back. Blocks; a second call does nothing.
    package func close() {
        guard let open = threads.withLock({ $0.take() }) else { return }
        queue.close()
        open.writer.join()
        runway.stop()
        open.upkeep.join()
        publishing.stop()
        open.publisher.join()
        keeper?.stop()
        open.keeper?.join()
        keeper?.release()
        open.files.close(open.lock)
    }
}
