import MartletAudit
import MartletTransparency
import Synchronization

/// Keeps the head behind the log: once in a while on a thread of its own, and before each checkpoint is signed.
///
/// A thread of its own, because neither making tiles nor making segments may keep the head back, and no store of heads
/// that hangs may keep segments back. Tiles and checkpoints do wait for it: none is published that the head does not have.
final class HeadKeeper: Sendable {
    private let claim: Mutex<HeadClaim>
    private let head: DurableHead
    private let queue: AppendQueue
    private let intervalMilliseconds: Int32
    private let bell: Doorbell
    let watch: HeadWatch
    let report: HeadReport

    init(
        _ claim: HeadClaim, head: DurableHead, queue: AppendQueue, intervalMilliseconds: Int32
    ) throws(FileError) {
        self.claim = Mutex(claim)
        self.head = head
        self.queue = queue
        self.intervalMilliseconds = intervalMilliseconds
        bell = try Doorbell()
        watch = claim.watch
        report = HeadReport(claim)
    }

    func run() {
        while !watch.isStopping {
            bell.wait(milliseconds: intervalMilliseconds)
            do throws(SegmentError) { try keep(head.frontier) } catch { continue }
        }
    }

    func stop() {
        watch.stop()
        bell.ring()
    }

    /// Advances the head to `frontier`, which must be durable in the log.
    ///
    /// When somebody else has moved it, or it may be lost, nothing is recorded any more; nothing is tried again then.
    func keep(_ frontier: MerkleFrontier) throws(SegmentError) {
        guard head.failure == nil else { return }
        if let moved = watch.moved { throw moved }
        do throws(SegmentError) {
            try advance(to: frontier)
        } catch {
            if case .head(.moved(_, let size)) = error { queue.fail(.headMoved(size: size ?? 0)) }
            if case .file(let cause) = error, cause.loosensDurability {
                head.poison(cause)
                queue.fail(.storeUnavailable(errno: cause.errno))
            }
            throw error
        }
    }

    private func advance(to frontier: MerkleFrontier) throws(SegmentError) {
        let result: Result<Void, SegmentError> = claim.withLock { claim in
            do throws(SegmentError) { return .success(try claim.advance(to: frontier)) } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Gives the lock back; nothing is kept afterwards.
    func release() { claim.withLock { $0.release() } }
}
