import Glibc
import MartletCore
import MartletTransparency

/// The hold of one run on the head of its log, from its start to its end. Used under a lock.
///
/// The lock keeps a second process of this machine away at once; where locks do not reach, the second one takes the head
/// over, and this one finds that out when it advances it next: it then stops. Source: ADR-0029.
struct HeadClaim: Sendable {
    private let file: HeadFile
    private let layout: LogLayout
    private let lock: OpenFile
    private let holder: [UInt8]
    let watch: HeadWatch
    /// What was found at the start; nil when there was none.
    let found: LogHead?
    private var current: LogHead?
    /// What may be on disk instead of `current`: the last swap ended with an error.
    private var attempted: LogHead?

    /// Locks and reads the head; changes nothing. A head that the log once had must be there.
    init(_ file: HeadFile, layout: LogLayout, random: any RandomSource) throws(SegmentError) {
        self.file = file
        self.layout = layout
        holder = random.bytes(16)
        watch = HeadWatch()
        lock = try file.acquire()
        do throws(SegmentError) {
            found = try file.load()
            current = found
            if found == nil, try layout.headDirectory(file.files) != nil { throw .head(.lost(path: file.path)) }
        } catch {
            file.files.close(lock)
            throw error
        }
    }

    var path: String { file.path }

    /// Refuses a log that is shorter than the head, or has other leaves; `root` is the one at the size of the head.
    func check(size: UInt64, root: MerkleHash?) throws(SegmentError) {
        guard let head = found?.checkpoint else { return }
        guard let root else { throw .head(.ahead(path: path, size: size, head: head.size)) }
        guard root == head.root else { throw .head(.contradicted(path: path, head: head.size)) }
    }

    /// Takes the head over for this run. `stated` is the checkpoint of the log, which is kept where there was no head.
    ///
    /// Before the log is written to. Afterwards the log says where its head is.
    mutating func claim(stated: Checkpoint) throws(SegmentError) {
        let base = found?.checkpoint ?? stated
        try swap(
            to: LogHead(
                checkpoint: base, run: (found?.run ?? 0) + 1, holder: holder, acceptance: found?.acceptance))
        let place = Array((layout.relative(file.directory) + "\n").utf8)
        do throws(FileError) {
            guard try file.files.contents(of: layout.headPath) != place else { return }
            try file.files.replace(layout.headPath, with: place)
        } catch {
            throw .file(error)
        }
    }

    /// Keeps `frontier`, which must be durable in the log. No checkpoint beyond it may be signed before.
    mutating func advance(to frontier: MerkleFrontier) throws(SegmentError) {
        guard let current else { return }
        let acceptance = watch.isRecorded ? nil : current.acceptance
        guard frontier.size > current.checkpoint.size || acceptance != current.acceptance else {
            return watch.succeed()
        }
        let checkpoint = Checkpoint(origin: file.origin, size: frontier.size, root: frontier.root)
        do throws(SegmentError) {
            try swap(to: LogHead(checkpoint: checkpoint, run: current.run, holder: holder, acceptance: acceptance))
        } catch {
            watch.fail(error)
            throw error
        }
        watch.succeed()
    }

    private mutating func swap(to next: LogHead) throws(SegmentError) {
        let (current, attempted) = (current, attempted)
        var isOurs = false
        do throws(SegmentError) {
            try file.swap(to: next) { found in
                isOurs = found == current || (attempted != nil && found == attempted)
                if isOurs { self.current = found }
                return isOurs
            }
        } catch {
            // What could not be read is not known better than before.
            if isOurs { self.attempted = next }
            throw error
        }
        (self.current, self.attempted) = (next, nil)
    }

    func release() { file.files.close(lock) }
}

extension LogLayout {
    /// Where the log says its head is kept; nil when it never had one.
    func headDirectory(_ files: any SegmentFiles) throws(SegmentError) -> String? {
        do throws(FileError) {
            guard let bytes = try files.contents(of: headPath) else { return nil }
            let path = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            return path.hasPrefix("../") ? Self.parent(of: directory) + path.dropFirst(2) : path
        } catch {
            throw .file(error)
        }
    }

    /// A path beside the log is named from the log: both may be moved together.
    fileprivate func relative(_ path: String) -> String {
        let above = Self.parent(of: directory) + "/"
        return path.hasPrefix(above) ? "../" + path.dropFirst(above.count) : path
    }
}
