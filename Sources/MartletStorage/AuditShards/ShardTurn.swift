import Glibc
package import MartletAudit
package import MartletCore
import MartletTransparency

/// Puts a log that has ended aside, so that the next one can begin.
///
/// First `nextName` makes the key of the next log; then the last record of the old one names it; then `turn` moves the old log
/// to `shards/` and puts the new key in the place of the old one, which is gone then: nobody can sign for the old log again.
/// After a power cut anywhere in between, `finish` and the same steps go on from there. Source: ADR-0036.
package struct ShardTurn: Sendable {
    private let place: ShardPlace
    private let keys: String
    /// The name of the first log.
    private let base: String
    private let files: any SegmentFiles

    /// `state` is the state directory, `keys` where its secret keys are.
    package init(state: String, keys: String, base: String, files: any SegmentFiles = PosixFiles()) {
        place = ShardPlace(state: state)
        self.keys = keys
        self.base = base
        self.files = files
    }

    /// What the log after `shard` is called. Asked again, it says the same.
    package func nextName(
        after shard: LogShard, random: any RandomSource = SystemRandomSource()
    ) throws(SegmentError) -> LogName {
        let layout = LogLayout(directory: shard.directory, keys: keys)
        let origin = LogShard.origin(shard.number + 1, base: base)
        if let key = try LogKey.read(layout.shardKey, files), key.verifier.name.utf8.elementsEqual(origin.utf8) {
            return LogName(origin: origin, verifierKey: key.verifier.verifierKey)
        }
        let key = try LogKey(origin: origin, random: random)
        do throws(FileError) { try files.replace(layout.shardKey, with: key.text) } catch { throw .file(error) }
        return LogName(origin: origin, verifierKey: key.verifier.verifierKey)
    }

    /// Moves the log that grew to the closed ones. It is not open, has `size` records, and its last one says that it is closed.
    package func turn(_ shard: LogShard, size: UInt64) throws(SegmentError) {
        let layout = LogLayout(directory: shard.directory, keys: keys)
        let lock: OpenFile
        do throws(FileError) { lock = try files.lock(layout.lock) } catch {
            guard error.errno == EWOULDBLOCK else { throw .file(error) }
            throw .locked(path: error.path)
        }
        defer { files.close(lock) }
        guard let key = try LogKey.read(layout.signingKey, files) else { throw .missing(path: layout.signingKey) }
        let stated = try CheckpointFile(layout: layout, files: files).load(verifier: key.verifier)
        guard stated?.size == size else { throw .unstated(size: size, checkpoint: stated?.size ?? 0) }
        let closed = place.closed(shard.number)
        do throws(FileError) {
            try files.makeDirectory(place.folder)
            try files.synchronizeDirectory(place.state)
            try files.rename(shard.directory, to: closed.directory)
            try files.synchronizeDirectory(place.folder)
            try files.synchronizeDirectory(place.state)
        } catch {
            throw .file(error)
        }
        try settle(closed)
    }

    /// Ends a turn that a power cut has interrupted. To be called before a log is opened.
    package func finish() throws(SegmentError) {
        let shards = try LogShards.read(state: place.state, files: files)
        let layout = LogLayout(directory: place.currentDirectory, keys: keys)
        guard let closed = shards.closed.last, let next = try LogKey.read(layout.shardKey, files),
            next.verifier.name.utf8.elementsEqual(LogShard.origin(closed.number + 1, base: base).utf8)
        else { return }
        try settle(closed)
    }

    /// Segments that were made ahead for the log are not needed any more.
    private func dropSpares(_ layout: LogLayout) throws(FileError) {
        for name in try files.list(layout.segments) where LogLayout.isSpare(name) {
            try files.remove(layout.segments + "/" + name)
        }
    }

    /// The keys last: with them nothing is left to do.
    private func settle(_ closed: LogShard) throws(SegmentError) {
        let layout = LogLayout(directory: closed.directory, keys: keys)
        do throws(FileError) {
            try leadToHead(layout)
            try dropSpares(layout)
            for path in [layout.nextKey, layout.oldKey] { try files.removeIfPresent(path) }
            try files.rename(layout.shardKey, to: layout.signingKey)
            try files.synchronizeDirectory(keys)
        } catch {
            throw .file(error)
        }
    }

    /// A head inside of the state directory is named from the log, which lies one directory deeper now.
    private func leadToHead(_ layout: LogLayout) throws(FileError) {
        guard let bytes = try files.contents(of: layout.headPath) else { return }
        let path = String(decoding: bytes, as: UTF8.self)
        guard path.hasPrefix("../"), !path.hasPrefix("../../") else { return }
        try files.replace(layout.headPath, with: Array(("../" + path).utf8))
    }
}
