import Glibc
import MartletCore
import MartletTransparency

/// What is needed to open a log: its directory, locked, and the key and checkpoint that vouch for it.
struct LockedLog {
    let layout: LogLayout
    let settings: SegmentSettings
    let files: any SegmentFiles
    let lock: OpenFile

    init(directory: String, settings: SegmentSettings, files: any SegmentFiles) throws(SegmentError) {
        guard SegmentFormat.room(in: settings.segmentBytes) >= 1024, settings.segmentBytes <= 1 << 30,
            settings.spareSegments >= 1, settings.queueEntries >= 4, settings.upkeepMilliseconds >= 1
        else { throw .invalidSettings }
        layout = LogLayout(directory: directory)
        self.settings = settings
        self.files = files
        do throws(FileError) {
            try files.makeDirectory(directory)
            lock = try files.lock(layout.lock)
            try files.makeDirectory(layout.segments)
            try files.synchronizeDirectory(directory)
        } catch {
            guard error.operation == .lock, error.errno == EWOULDBLOCK else { throw .file(error) }
            throw .locked(path: error.path)
        }
    }

    func release() { files.close(lock) }

    /// The key of this log; made only when there is nothing yet that it should have signed.
    func key(random: any RandomSource) throws(SegmentError) -> LogKey {
        if let key = try LogKey.load(origin: settings.origin, layout: layout, files: files) { return key }
        guard try isUnused else { throw .missing(path: layout.signingKey) }
        return try LogKey.make(origin: settings.origin, layout: layout, files: files, random: random)
    }

    /// What the log stated last; a log without segments states at once that it is empty.
    func checkpoint(_ key: LogKey) throws(SegmentError) -> Checkpoint {
        let file = CheckpointFile(layout: layout, files: files)
        if let checkpoint = try file.load(verifier: key.verifier) {
            guard checkpoint.origin.utf8.elementsEqual(settings.origin.utf8) else {
                throw .foreignLog(origin: checkpoint.origin)
            }
            return checkpoint
        }
        guard try isUnused else { throw .missing(path: layout.checkpoint) }
        let empty = Checkpoint(origin: settings.origin, size: 0, root: .empty)
        try file.store(empty, signer: key.signer, settlesName: true)
        return empty
    }

    private var isUnused: Bool {
        get throws(SegmentError) {
            do throws(FileError) {
                if try files.exists(layout.checkpoint) { return false }
                return try files.list(layout.segments).allSatisfy { LogLayout.number(ofSegment: $0) == nil }
            } catch {
                throw .file(error)
            }
        }
    }

    var recovery: LogRecovery { LogRecovery(layout: layout, files: files, settings: settings) }
    var maker: SegmentMaker { SegmentMaker(layout: layout, files: files, segmentBytes: settings.segmentBytes) }
    func signer(_ key: LogKey) -> CheckpointSigner {
        CheckpointSigner(origin: settings.origin, key: key, file: CheckpointFile(layout: layout, files: files))
    }
}
