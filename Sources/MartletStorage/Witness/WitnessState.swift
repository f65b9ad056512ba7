import Glibc
import MartletTransparency
import Synchronization

/// The checkpoint that a witness signed last, for each log: one file each, synchronised before the signature leaves.
///
/// One process at a time (a lock file), one change at a time: judging and keeping are one step.
final class WitnessState: Sendable {
    private let directory: String
    private let files: any SegmentFiles
    private let lock: OpenFile
    private let turn = Mutex(())

    init(directory: String, files: any SegmentFiles) throws(SegmentError) {
        self.directory = directory
        self.files = files
        do throws(FileError) {
            try files.makeDirectory(directory)
            lock = try files.lock(directory + "/lock")
            try files.makeDirectory(directory + "/logs")
            try files.synchronizeDirectory(directory)
        } catch {
            guard error.operation == .lock, error.errno == EWOULDBLOCK else { throw .file(error) }
            throw .locked(path: error.path)
        }
    }

    deinit { files.close(lock) }

    /// Keeps `checkpoint` as the last one of its log when `judge` accepts it after the one that is kept now.
    ///
    /// When it returns, that survives power loss.
    func advance(
        to checkpoint: Checkpoint, judge: (Checkpoint?) throws(WitnessRefusal) -> Void
    ) throws(WitnessError) {
        let result: Result<Void, WitnessError> = turn.withLock { _ in
            do throws(WitnessError) {
                let path = path(of: checkpoint.origin)
                let last = try load(path, origin: checkpoint.origin)
                do throws(WitnessRefusal) { try judge(last) } catch { throw WitnessError.refused(error) }
                guard last != checkpoint else { return .success(()) }
                do throws(FileError) {
                    try files.replace(path, with: Array(checkpoint.text.utf8))
                } catch {
                    throw WitnessError.state(.file(error))
                }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// What was kept of a log, or nil. A file that is no checkpoint of that log stops the witness: it may have been lost.
    private func load(_ path: String, origin: String) throws(WitnessError) -> Checkpoint? {
        let bytes: [UInt8]?
        do throws(FileError) { bytes = try files.contents(of: path) } catch { throw .state(.file(error)) }
        guard let bytes else { return nil }
        guard let checkpoint = Checkpoint(note: String(decoding: bytes, as: UTF8.self)),
            checkpoint.origin.utf8.elementsEqual(origin.utf8)
        else { throw .state(.malformed(path: path)) }
        return checkpoint
    }

    /// Origins are text of others: the name of the file is their hash.
    private func path(of origin: String) -> String {
        directory + "/logs/" + FileDigest.sha256(Array(origin.utf8))
    }
}

/// Why a witness did not sign.
enum WitnessError: Error {
    case refused(WitnessRefusal)
    /// Its own files: nothing is signed that could not be kept.
    case state(SegmentError)
}
