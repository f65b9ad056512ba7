import MartletCore
import MartletTransparency

/// A log that was verified and recovered: what its three threads work on, before there are threads.
struct RecoveredLog: Sendable {
    let locked: LockedLog
    let report: RecoveryReport
    /// Keeps the head of the log; nil when none is kept.
    let keeper: HeadKeeper?
    let key: LogKey
    /// The key that is to replace it; nil when none was laid down.
    let nextKey: LogKey?
    let queue: AppendQueue
    let head: DurableHead
    let runway: Runway
    let publishing: PublishingState
    /// The work of the writer's thread.
    let loop: CommitLoop
    /// The work of the thread that makes segments ahead.
    let upkeep: LogUpkeep
    /// The work of the thread that writes tiles and checkpoints.
    let publisher: LogPublisher

    /// Locks and verifies the log in `directory`; the lock is given back when that fails.
    init(
        directory: String, settings: SegmentSettings, files: any SegmentFiles, random: any RandomSource,
        visit: ((ParsedRecord) -> Void)?
    ) throws(SegmentError) {
        let locked = try LockedLog(directory: directory, settings: settings, files: files)
        var claim: HeadClaim?
        do throws(SegmentError) {
            claim = try locked.head(random: random)
            let key = try locked.key(random: random)
            let checkpoint = try locked.checkpoint(key)
            let result = try locked.recovery.recover(checkpoint, holding: &claim, visit: visit)
            try self.init(locked, claim, key, try locked.nextKey(), stated: checkpoint, result)
        } catch {
            claim?.release()
            locked.release()
            throw error
        }
    }

    private init(
        _ locked: LockedLog, _ claim: HeadClaim?, _ key: LogKey, _ nextKey: LogKey?, stated: Checkpoint,
        _ recovered: LogRecovery.Result
    ) throws(SegmentError) {
        let signer = try locked.signer(key)
        (self.locked, self.key, self.nextKey) = (locked, key, nextKey)
        report = recovered.report
        head = DurableHead(recovered.frontier)
        let settings = locked.settings
        do throws(FileError) {
            queue = try AppendQueue(maximumEntries: settings.queueEntries, maximumBytes: settings.queueBytes)
            runway = try Runway()
            publishing = try PublishingState(stated: stated)
            keeper = try claim.map { [head, queue] claim throws(FileError) in
                try HeadKeeper(claim, head: head, queue: queue, intervalMilliseconds: settings.upkeepMilliseconds)
            }
        } catch {
            throw .file(error)
        }
        let writer = SegmentWriter(
            layout: locked.layout, files: locked.files, runway: runway, segment: recovered.segment,
            frontier: recovered.frontier)
        loop = CommitLoop(queue: queue, head: head, writer: writer)
        upkeep = LogUpkeep(
            runway: runway, maker: locked.maker, settings: settings, head: head, queue: queue,
            watch: keeper?.watch)
        publisher = LogPublisher(
            locked, head: head, keeper: keeper, queue: queue, checkpoints: signer, stated: stated, state: publishing)
    }
}
