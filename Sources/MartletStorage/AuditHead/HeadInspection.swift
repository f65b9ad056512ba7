import Glibc
package import MartletCore
package import MartletTransparency

/// The head of a log, for the operator, while no gateway runs.
package struct HeadInspection: Sendable {
    private let layout: LogLayout
    private let files: any SegmentFiles

    package init(directory: String, files: any SegmentFiles = PosixFiles()) {
        layout = LogLayout(directory: directory)
        self.files = files
    }

    /// What is kept, and where; takes no lock. nil when the log never had a head.
    package func read() throws(SegmentError) -> KeptHead? { try KeptHead(layout: layout, files: files) }

    /// Has the log go on from `stated`, its own checkpoint, whatever its head in `head` says; of a log that is begun anew, the
    /// empty one.
    ///
    /// The next start records what was given up. Until then a second word adds to the first and takes nothing from it. Refused
    /// while a gateway holds the log or the head, and when the same was accepted already.
    package func accept(
        _ stated: Checkpoint, head directory: String, user: UInt32, reason: String, now: UnixTime,
        random: any RandomSource = SystemRandomSource()
    ) throws(SegmentError) -> LogHead {
        let file = HeadFile(directory: directory, origin: stated.origin, files: files)
        let logLock = try lock()
        defer { files.close(logLock) }
        let lock = try file.acquire()
        defer { files.close(lock) }
        let former = try readable(file)
        guard var acceptance = HeadAcceptance(abandoned: former?.checkpoint, user: user, at: now, reason: reason) else {
            throw .invalidSettings
        }
        if let earlier = former?.acceptance {
            guard former?.checkpoint != stated else { throw .head(.accepted(path: file.path)) }
            acceptance = acceptance.following(earlier)
        }
        let next = LogHead(
            checkpoint: stated, run: (former?.run ?? 0) + 1, holder: random.bytes(16), acceptance: acceptance)
        do throws(FileError) {
            try files.replace(file.path, with: Array(next.text.utf8))
        } catch {
            throw .file(error)
        }
        return next
    }

    private func lock() throws(SegmentError) -> OpenFile {
        do throws(FileError) {
            try files.makeDirectory(layout.directory)
            return try files.lock(layout.lock)
        } catch {
            guard error.operation == .lock, error.errno == EWOULDBLOCK else { throw .file(error) }
            throw .locked(path: error.path)
        }
    }

    /// nil when it is gone or damaged: both is what the operator has looked at.
    private func readable(_ file: HeadFile) throws(SegmentError) -> LogHead? {
        do throws(SegmentError) { return try file.load() } catch {
            guard case .head(.damaged) = error else { throw error }
            return nil
        }
    }
}
