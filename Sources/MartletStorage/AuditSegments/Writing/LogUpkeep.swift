import MartletAudit

/// The work of the second thread: makes segments ahead, beside the path of the calls.
struct LogUpkeep: Sendable {
    let runway: Runway
    let maker: SegmentMaker
    let wanted: Int
    let intervalMilliseconds: Int32
    let head: DurableHead
    let queue: AppendQueue
    private let watch: HeadWatch?
    private var nextSpare: UInt32 = 0

    init(
        runway: Runway, maker: SegmentMaker, settings: SegmentSettings, head: DurableHead, queue: AppendQueue,
        watch: HeadWatch? = nil
    ) {
        self.runway = runway
        self.maker = maker
        wanted = settings.spareSegments
        intervalMilliseconds = settings.upkeepMilliseconds
        self.head = head
        self.queue = queue
        self.watch = watch
    }

    mutating func run() {
        adopt()
        while !runway.isStopping {
            makeSpares()
            watch?.look(now: Monotonic.milliseconds)
            runway.upkeepBell.wait(milliseconds: intervalMilliseconds)
        }
    }

    /// Takes over what an earlier run made ahead.
    func adopt() {
        do throws(FileError) {
            for path in try maker.adoptSpares(limit: wanted) { runway.add(path) }
        } catch {
            report(error)
        }
    }

    /// Makes as many segments as are missing, or as can be made.
    mutating func makeSpares() {
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

    private func report(_ error: FileError) {
        runway.fail(error)
        if error.loosensDurability { poison(error) }
    }

    private func poison(_ error: FileError) {
        head.poison(error)
        queue.fail(.storeUnavailable(errno: error.errno))
    }
}
