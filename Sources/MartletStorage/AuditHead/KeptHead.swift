import MartletTransparency

/// The head of a log, for who reads the log and holds no lock.
package enum KeptHead: Hashable, Sendable {
    case read(LogHead, path: String)
    /// The log says that it has one, and it could not be read: another volume, another user.
    case unreadable(path: String, FileError)

    /// nil when the log never had a head.
    init?(layout: LogLayout, files: any SegmentFiles) throws(SegmentError) {
        guard let directory = try layout.headDirectory(files), let origin = try Self.origin(layout, files) else {
            return nil
        }
        let file = HeadFile(directory: directory, origin: origin, files: files)
        do throws(SegmentError) {
            guard let head = try file.load() else { throw .head(.lost(path: file.path)) }
            self = .read(head, path: file.path)
        } catch {
            guard case .file(let cause) = error else { throw error }
            self = .unreadable(path: file.path, cause)
        }
    }

    /// Of the log; what vouches for it is checked elsewhere.
    private static func origin(_ layout: LogLayout, _ files: any SegmentFiles) throws(SegmentError) -> String? {
        let text = try CheckpointFile(layout: layout, files: files).text(layout.checkpoint) ?? ""
        return text.split(separator: "\n", maxSplits: 1).first.map(String.init)
    }

    package var size: UInt64? {
        guard case .read(let head, _) = self else { return nil }
        return head.checkpoint.size
    }

    /// After the walk: refuses a log that is not the continuation of its head.
    func check(_ cursor: SegmentCursor) throws(SegmentError) {
        guard case .read(let head, let path) = self else { return }
        guard let root = cursor.watchedRoots[head.checkpoint.size] else {
            throw .head(.ahead(path: path, size: cursor.frontier.size, head: head.checkpoint.size))
        }
        guard root == head.checkpoint.root else {
            throw .head(.contradicted(path: path, head: head.checkpoint.size))
        }
    }
}

/// How a start found the head of its log.
package struct HeadReport: Hashable, Sendable {
    package let path: String
    /// Records that the head vouched for; nil when there was none.
    package let size: UInt64?
    /// How many runs had claimed it before.
    package let runs: UInt64
    /// That a newer head was given up, until the log says so.
    package let acceptance: HeadAcceptance?

    init(_ claim: HeadClaim) {
        path = claim.path
        size = claim.found?.checkpoint.size
        runs = claim.found?.run ?? 0
        acceptance = claim.found?.acceptance
    }
}
