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
        layout = LogLayout(directory: directory, keys: settings.keyDirectory)
        self.settings = settings
        self.files = files
        do throws(FileError) {
            try files.makeDirectory(directory)
            lock = try files.lock(layout.lock)
            try files.makeDirectory(layout.segments)
            try files.synchronizeDirectory(directory)
            // An earlier process may have been killed between naming a segment and this.
            try files.synchronizeDirectory(layout.segments)
            // The directory may be new too: a log whose name is lost is lost.
            try files.synchronizeDirectory(LogLayout.parent(of: directory))
        } catch {
            guard error.operation == .lock, error.errno == EWOULDBLOCK else { throw .file(error) }
            throw .locked(path: error.path)
        }
    }

    func release() { files.close(lock) }

    /// The head of this log, locked; nil when none is kept.
    func head(random: any RandomSource) throws(SegmentError) -> HeadClaim? {
        guard let directory = settings.headDirectory else { return nil }
        let file = HeadFile(directory: directory, origin: settings.origin, files: files)
        let claim = try HeadClaim(file, layout: layout, random: random)
        do throws(SegmentError) {
            // Nothing is made in the place of a log that was there.
            if let found = claim.found, found.checkpoint.size > 0, try isUnused { try claim.check(size: 0, root: nil) }
        } catch {
            claim.release()
            throw error
        }
        return claim
    }

    /// The key of this log; made only when there is nothing yet that it should have signed.
    func key(random: any RandomSource) throws(SegmentError) -> LogKey {
        try LogKey.adopt(layout, files)
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
    func signer(_ key: LogKey) throws(SegmentError) -> CheckpointSigner {
        let former = try LogKey.read(layout.oldKey, files)
        return CheckpointSigner(
            origin: settings.origin, key: key,
            former: former?.verifier.verifierKey == key.verifier.verifierKey ? nil : former,
            file: CheckpointFile(layout: layout, files: files))
    }

    /// The key that is to replace this one; nil when none was laid down.
    func nextKey() throws(SegmentError) -> LogKey? {
        guard let next = try LogKey.read(layout.nextKey, files) else { return nil }
        guard next.verifier.name.utf8.elementsEqual(settings.origin.utf8) else {
            throw .foreignLog(origin: next.verifier.name)
        }
        return next
    }
}
