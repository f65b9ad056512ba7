import Glibc
import MartletTransparency

/// The file in which the head of one log lies, in a directory that is best on another volume than the log.
///
/// A whole file that is replaced: it is there, as it was, or as it shall be, also after power loss.
struct HeadFile: Sendable {
    let directory: String
    let origin: String
    let files: any SegmentFiles

    /// Names of logs have slashes: the name of the file is their hash.
    var path: String { directory + "/" + FileDigest.sha256(Array(origin.utf8)) + ".head" }
    var lock: String { directory + "/" + FileDigest.sha256(Array(origin.utf8)) + ".lock" }

    /// Makes the directory when it is missing, and takes the lock for as long as the file is open.
    func acquire() throws(SegmentError) -> OpenFile {
        do throws(FileError) {
            try files.makeDirectory(directory)
            try files.synchronizeDirectory(LogLayout.parent(of: directory))
            return try files.lock(lock)
        } catch {
            guard error.operation == .lock, error.errno == EWOULDBLOCK else { throw .file(error) }
            throw .head(.held(lock: error.path))
        }
    }

    /// What is kept; nil when there is none.
    func load() throws(SegmentError) -> LogHead? {
        let bytes: [UInt8]?
        do throws(FileError) { bytes = try files.contents(of: path) } catch { throw .file(error) }
        guard let bytes else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self), let head = LogHead(text),
            head.checkpoint.origin.utf8.elementsEqual(origin.utf8)
        else { throw .head(.damaged(path: path)) }
        return head
    }

    /// Puts `next` in the place of a head that `isExpected`; otherwise nothing is changed, and `moved` is thrown.
    ///
    /// When it returns, the new head survives power loss. On a file error the one or the other is there.
    func swap(to next: LogHead, where isExpected: (LogHead?) -> Bool) throws(SegmentError) {
        let found: LogHead?
        do throws(SegmentError) { found = try load() } catch {
            // Of a head that this run wrote, damage is somebody else's doing.
            guard case .head(.damaged) = error else { throw error }
            throw .head(.moved(path: path, size: nil))
        }
        guard isExpected(found) else { throw .head(.moved(path: path, size: found?.checkpoint.size)) }
        do throws(FileError) { try files.replace(path, with: Array(next.text.utf8)) } catch { throw .file(error) }
    }
}
