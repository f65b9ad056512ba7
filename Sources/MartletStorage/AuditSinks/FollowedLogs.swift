import MartletTransparency

/// The logs that sinks follow, one behind the other, from the oldest that is kept on. Only the last one grows.
package struct FollowedLogs: Sendable {
    /// One of them.
    package struct Member: Hashable, Sendable {
        package let shard: LogShard
        /// The name of this log.
        package let origin: String
        /// What it was closed with; nil for the one that grows.
        let end: Checkpoint?
        /// Records of those before it that are kept.
        let before: UInt64

        /// Whether the other side has all of it. Of the one that grows it never has.
        func isFinished(at cursor: SinkCursor) -> Bool {
            guard let end else { return false }
            return cursor == SinkCursor(origin: origin, next: end.size, root: end.root)
        }
    }

    private let closed: [Member]
    private let current: Member
    private let base: String
    private let growing: @Sendable () -> UInt64

    /// `base` is the name of the first log, `size` how many records of the one that grows are durable.
    ///
    /// Of a closed log what its checkpoint says is believed until its end is reached: `FollowedReader.cross` compares.
    package init(
        _ shards: LogShards, base: String, files: any SegmentFiles = PosixFiles(),
        size: @escaping @Sendable () -> UInt64
    ) throws(SegmentError) {
        var (closed, before) = ([Member](), UInt64(0))
        for shard in shards.closed {
            let path = LogLayout(directory: shard.directory).checkpoint
            guard let end = try shard.statement(files) else { throw .malformed(path: path) }
            guard end.origin.utf8.elementsEqual(shard.origin(base).utf8) else { throw .foreignLog(origin: end.origin) }
            closed.append(Member(shard: shard, origin: end.origin, end: end, before: before))
            // Nobody has checked that number yet.
            let (sum, overflows) = before.addingReportingOverflow(end.size)
            guard !overflows else { throw .malformed(path: path) }
            before = sum
        }
        self.closed = closed
        self.base = base
        current = Member(shard: shards.current, origin: shards.current.origin(base), end: nil, before: before)
        growing = size
    }

    /// Records of all of them.
    var size: UInt64 { current.before &+ growing() }

    func size(of member: Member) -> UInt64 { member.end?.size ?? growing() }

    /// Where a new sink begins.
    package var beginning: SinkCursor { .start(of: (closed.first ?? current).origin) }

    /// The log in which a cursor stands.
    package func member(of cursor: SinkCursor) throws(SinkRefusal) -> Member {
        if let member = (closed + [current]).first(where: { $0.origin.utf8.elementsEqual(cursor.origin.utf8) }) {
            return member
        }
        guard let number = LogShard.number(of: cursor.origin, base: base) else {
            throw .otherLog(origin: cursor.origin)
        }
        throw .missingShard(
            number, origin: cursor.origin, oldest: (closed.first ?? current).shard.number, newest: current.shard.number)
    }

    /// The one behind it; nil behind the last one.
    func following(_ member: Member) -> Member? {
        (closed + [current]).first { $0.shard.number == member.shard.number + 1 }
    }
}

extension FollowedLogs {
    /// The logs of a state directory as they lie there, for who holds no lock: what grows is as large as it is now.
    ///
    /// Their names are those that they state; `base` is believed where none states one.
    static func lying(in state: String, base: String) throws(SinkRefusal) -> FollowedLogs {
        do throws(SegmentError) {
            let shards = try LogShards.read(state: state)
            var reader = SinkReader(log: shards.current.directory, origin: "")
            defer { reader.close() }
            let size: UInt64
            do throws(SegmentFault) { size = try reader.skipToEnd() } catch { throw SegmentError.damaged(error) }
            var stated: String?
            for shard in shards.all.reversed() where stated == nil {
                stated = try shard.statement(PosixFiles()).flatMap { shard.base(of: $0.origin) }
            }
            return try FollowedLogs(shards, base: stated ?? base) { size }
        } catch {
            if case .damaged(let fault) = error { throw .log(fault) }
            throw .shards(error)
        }
    }
}

extension LogShard {
    /// What the log states about itself; nil when there is nothing that can be read. Whether its key signed it is another
    /// question.
    func statement(_ files: any SegmentFiles) throws(SegmentError) -> Checkpoint? {
        let layout = LogLayout(directory: directory)
        do throws(FileError) { guard try files.exists(directory) else { return nil } } catch { throw .file(error) }
        guard let note = try CheckpointFile(layout: layout, files: files).text(layout.checkpoint) else { return nil }
        do throws(NoteError) { return Checkpoint(note: try SignedNote(note).text) } catch { return nil }
    }

    /// The name of the first log, when this one has the name `origin`; nil when it cannot have it.
    func base(of origin: String) -> String? {
        guard number > 1 else { return origin }
        guard let slash = origin.lastIndex(of: "/") else { return nil }
        let base = String(origin[..<slash])
        return self.origin(base).utf8.elementsEqual(origin.utf8) ? base : nil
    }
}
