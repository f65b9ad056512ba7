import MartletAudit
import MartletTransparency

/// The work of the second thread: makes segments ahead and signs checkpoints, beside the path of the calls.
struct LogUpkeep: Sendable {
    let runway: Runway
    let maker: SegmentMaker
    let wanted: Int
    let intervalMilliseconds: Int32
    let head: DurableHead
    let queue: AppendQueue
    let checkpoints: CheckpointSigner
    private var nextSpare: UInt32 = 0
    private var stated: UInt64

    init(
        runway: Runway, maker: SegmentMaker, settings: SegmentSettings, head: DurableHead, queue: AppendQueue,
        checkpoints: CheckpointSigner, stated: UInt64
    ) {
        self.runway = runway
        self.maker = maker
        wanted = settings.spareSegments
        intervalMilliseconds = settings.upkeepMilliseconds
        self.head = head
        self.queue = queue
        self.checkpoints = checkpoints
        self.stated = stated
    }

    mutating func run() {
        adopt()
        var due = Monotonic.milliseconds + Int64(intervalMilliseconds)
        while !runway.isStopping {
            makeSpares()
            if Monotonic.milliseconds >= due {
                stateHead()
                due = Monotonic.milliseconds + Int64(intervalMilliseconds)
            }
            runway.upkeepBell.wait(milliseconds: intervalMilliseconds)
        }
    }

    private func adopt() {
        do throws(FileError) {
            for path in try maker.adoptSpares(limit: wanted) { runway.add(path) }
        } catch {
            report(error)
        }
    }

    private mutating func makeSpares() {
        while runway.count < wanted, !runway.isStopping {
            do throws(FileError) {
                nextSpare += 1
                let path = maker.layout.spare(nextSpare)
                guard try !maker.files.exists(path) else { continue }
                try maker.make(path, gently: runway.count > 0)
                runway.add(path)
            } catch {
                report(error)
                return
            }
        }
    }

    /// Signs the durable head when it has grown.
    private mutating func stateHead() {
        let frontier = head.frontier
        guard frontier.size != stated, head.failure == nil else { return }
        do throws(SegmentError) {
            try checkpoints.state(frontier, settlesName: false)
            stated = frontier.size
        } catch {
            // An older checkpoint is still a true one; only a disk that loses writes ends the log.
            if case .file(let cause) = error, cause.loosensDurability { poison(cause) }
        }
    }

    private func report(_ error: FileError) {
        runway.fail(error)
        if error.loosensDurability { poison(error) }
    }

    private func poison(_ error: FileError) {
        head.poison(error)
        queue.fail(.storeUnavailable(errno: error.errno))
    }
}

/// Writes signed checkpoints of one log.
struct CheckpointSigner: Sendable {
    let origin: String
    let key: LogKey
    let file: CheckpointFile

    func state(_ frontier: MerkleFrontier, settlesName: Bool) throws(SegmentError) {
        let checkpoint = Checkpoint(origin: origin, size: frontier.size, root: frontier.root)
        try file.store(checkpoint, signer: key.signer, settlesName: settlesName)
    }
}
