import MartletTransparency
import Synchronization

/// Walks over a log on a thread of its own, some records ahead of whoever looks at what they say.
///
/// The walk reads, checks and parses, which is about half of the work of a verification and of a start; what records mean
/// depends on those before them, and stays in order on the thread of the caller. What is found and where is the same as of
/// a walk on one thread: a fault is thrown after the records before it were given.
final class WalkAhead<Beside: Sendable>: Sendable {
    /// Some whole batches.
    struct Piece: Sendable {
        var records: [ParsedRecord] = []
        var payloads: [PayloadPlace] = []
        /// Size and root of the tree behind each batch.
        var ends: [(size: UInt64, root: MerkleHash)] = []
    }

    /// Where the walk ended, with what was done beside it.
    struct End: Sendable {
        let cursor: SegmentCursor
        let beside: Beside
        let fault: SegmentFault?
    }

    private struct State {
        var pieces: [Piece] = []
        /// Looked at: freed by the thread that made them, since memory that goes from one thread to another makes both wait.
        var used: [Piece] = []
        var end: End?
    }

    /// Records of a piece, about: handing over costs little beside them.
    private static var pieceRecords: Int { 256 }
    /// Pieces that may wait.
    private static var limit: Int { 8 }

    private let state = Mutex(State())
    private let filled: Doorbell
    private let taken: Doorbell

    init() throws(FileError) {
        filled = try Doorbell()
        taken = try Doorbell()
    }

    /// Walks to the end and gives all records in order. `take` gets each batch on the other thread, before it is given.
    func run(
        _ cursor: SegmentCursor, _ beside: Beside,
        take: @escaping @Sendable (inout Beside, [SegmentRecord], SegmentCursor) -> Void, visit: (Piece) -> Void
    ) throws(FileError) -> End {
        let thread = try DedicatedThread { [self] in
            var (cursor, beside) = (cursor, beside)
            let fault = walk(&cursor) { batch, cursor in take(&beside, batch, cursor) }
            put(nil, end: End(cursor: cursor, beside: beside, fault: fault))
        }
        defer { thread.join() }
        while true {
            let (pieces, end) = state.withLock { state in
                defer { state.pieces = [] }
                return (state.pieces, state.end)
            }
            taken.ring()
            for piece in pieces { visit(piece) }
            if let end { return end }
            if pieces.isEmpty { filled.wait() } else { state.withLock { $0.used += pieces } }
        }
    }

    private func walk(
        _ cursor: inout SegmentCursor, take: ([SegmentRecord], SegmentCursor) -> Void
    ) -> SegmentFault? {
        var (piece, fault) = (Piece(), SegmentFault?.none)
        do throws(SegmentFault) {
            while let batch = try cursor.nextBatch() {
                take(batch, cursor)
                for record in batch { piece.records.append(ParsedRecord(record)) }
                piece.payloads += cursor.payloads
                piece.ends.append((cursor.frontier.size, cursor.root))
                guard piece.records.count >= Self.pieceRecords else { continue }
                put(piece)
                piece = Piece()
            }
        } catch {
            fault = error
        }
        put(piece)
        return fault
    }

    private func put(_ piece: Piece?, end: End? = nil) {
        while state.withLock({ $0.pieces.count >= Self.limit }) { taken.wait() }
        free()
        state.withLock { state in
            if let piece { state.pieces.append(piece) }
            state.end = end
        }
        filled.ring()
    }

    private func free() {
        let used = state.withLock { state in
            defer { state.used = [] }
            return state.used
        }
        withExtendedLifetime(used) {}
    }
}

extension SegmentCursor {
    /// Walks to the end, ahead of `visit`; `take` gets each batch on the other thread.
    mutating func walkAhead<Beside: Sendable>(
        _ beside: Beside, take: @escaping @Sendable (inout Beside, [SegmentRecord], SegmentCursor) -> Void,
        visit: (ParsedRecord) -> Void, payloads visitPayload: (PayloadPlace) -> Void = { _ in },
        ends visitEnd: (UInt64, MerkleHash) -> Void = { _, _ in }
    ) throws(SegmentError) -> Beside {
        let end: WalkAhead<Beside>.End
        do throws(FileError) {
            end = try WalkAhead<Beside>().run(self, beside, take: take) { piece in
                for end in piece.ends { visitEnd(end.size, end.root) }
                piece.records.forEach(visit)
                piece.payloads.forEach(visitPayload)
            }
        } catch {
            throw .file(error)
        }
        self = end.cursor
        if let fault = end.fault { throw .damaged(fault) }
        return end.beside
    }
}
