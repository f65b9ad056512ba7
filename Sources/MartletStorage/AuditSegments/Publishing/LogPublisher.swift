import MartletAudit
import MartletTransparency
import Synchronization

/// The work of the third thread: tiles behind the writer, and a signed checkpoint when all tiles it covers are durable.
///
/// Calls never wait for it. What it cannot write is told by `PublishingState`; an older checkpoint is still a true one.
struct LogPublisher: Sendable {
    /// After an error the next attempt is made after twice the time, up to so many milliseconds.
    private static let longestPause: Int32 = 60_000

    private let layout: LogLayout
    private let files: any SegmentFiles
    private let intervalMilliseconds: Int32
    private let head: DurableHead
    private let keeper: HeadKeeper?
    private let queue: AppendQueue
    private var checkpoints: CheckpointSigner
    private let state: PublishingState
    private var stated: Checkpoint
    private var tiles: TileWriter?

    init(
        _ locked: LockedLog, head: DurableHead, keeper: HeadKeeper?, queue: AppendQueue, checkpoints: CheckpointSigner,
        stated: Checkpoint, state: PublishingState
    ) {
        layout = locked.layout
        files = locked.files
        intervalMilliseconds = locked.settings.upkeepMilliseconds
        self.head = head
        self.keeper = keeper
        self.queue = queue
        self.checkpoints = checkpoints
        self.stated = stated
        self.state = state
    }

    mutating func run() {
        var pause = intervalMilliseconds
        while !state.isStopping {
            state.bell.wait(milliseconds: pause)
            guard !state.isStopping,
                head.frontier.size != stated.size || state.failure != nil || state.hasWitnessed
                    || state.replacement != nil
            else {
                continue
            }
            let isDone = publish(settlesName: false)
            pause = isDone ? intervalMilliseconds : max(pause, min(Self.longestPause, pause &* 2))
        }
        finish()
    }

    /// The last round of a run.
    mutating func finish() {
        _ = publish(settlesName: true)
        tiles?.close()
    }

    /// Brings tiles and checkpoint up to what is durable now; whether that was possible.
    mutating func publish(settlesName: Bool) -> Bool {
        guard head.failure == nil else { return false }
        let frontier = head.frontier
        do throws(SegmentError) {
            // First of all: no checkpoint that anybody sees is ahead of the head.
            try keeper?.keep(frontier)
            if tiles == nil { tiles = try TileWriter(behind: stated, layout: layout, files: files) }
            try tiles?.write(upTo: frontier)
            if frontier.size != stated.size || settlesName || tiles?.hasOutdated == true {
                try sign(frontier, settlesName: settlesName || tiles?.hasOutdated == true)
            }
            try tiles?.removeOutdated()
            try replaceKey()
            try putWitnessed()
        } catch {
            // From the files again next time: what an error has left is not known.
            tiles?.close()
            tiles = nil
            state.fail(error)
            return false
        }
        state.succeed(stated)
        return true
    }

    /// When the published log says so under the old key. Tried again next time when it could not be finished.
    private mutating func replaceKey() throws(SegmentError) {
        guard let replacement = state.replacement, stated.size > replacement.index else { return }
        checkpoints = try replacement.run(checkpoints, stated: stated)
        state.replaced()
    }

    /// Last of all: what was signed meanwhile is newer, and takes its place as `checkpoint`.
    private func putWitnessed() throws(SegmentError) {
        guard let witnessed = state.takeWitnessed() else { return }
        try checkpoints.file.store(witnessed: witnessed.note, isNewest: witnessed.checkpoint == stated)
    }

    private mutating func sign(_ frontier: MerkleFrontier, settlesName: Bool) throws(SegmentError) {
        do throws(SegmentError) {
            stated = try checkpoints.state(frontier, settlesName: settlesName)
        } catch {
            // Only a disk that loses writes ends the log.
            if case .file(let cause) = error, cause.loosensDurability {
                head.poison(cause)
                queue.fail(.storeUnavailable(errno: cause.errno))
            }
            throw error
        }
    }
}

/// What the publishing thread and the rest of the process tell each other.
final class PublishingState: Sendable {
    private struct Values {
        var failure: SegmentError?
        var isStopping = false
        var stated: Checkpoint
        var replacement: KeyReplacement?
        var witnessed: (note: String, checkpoint: Checkpoint)?
    }
    private let values: Mutex<Values>
    /// Rings at the end.
    let bell: Doorbell

    init(stated: Checkpoint) throws(FileError) {
        values = Mutex(Values(stated: stated))
        bell = try Doorbell()
    }

    /// The newest checkpoint on disk.
    var stated: Checkpoint { values.withLock { $0.stated } }

    /// Why tiles and checkpoint stay behind; nil while they do not.
    var failure: SegmentError? { values.withLock { $0.failure } }
    var isStopping: Bool { values.withLock { $0.isStopping } }
    func fail(_ error: SegmentError) { values.withLock { $0.failure = error } }
    func succeed(_ stated: Checkpoint) { values.withLock { ($0.failure, $0.stated) = (nil, stated) } }
    var replacement: KeyReplacement? { values.withLock { $0.replacement } }
    func replace(_ key: KeyReplacement) { values.withLock { $0.replacement = key } }
    func replaced() { values.withLock { $0.replacement = nil } }
    var hasWitnessed: Bool { values.withLock { $0.witnessed != nil } }

    func put(witnessed note: String, of checkpoint: Checkpoint) {
        values.withLock { $0.witnessed = (note, checkpoint) }
        bell.ring()
    }

    func takeWitnessed() -> (note: String, checkpoint: Checkpoint)? {
        values.withLock { values in
            defer { values.witnessed = nil }
            return values.witnessed
        }
    }

    func stop() {
        values.withLock { $0.isStopping = true }
        bell.ring()
    }
}
