import Glibc
import MartletAudit
import MartletTransparency
import Synchronization

/// The work of the writer's thread: whatever waits becomes one batch, and is acknowledged when it is durable.
struct CommitLoop: Sendable {
    let queue: AppendQueue
    let head: DurableHead
    var writer: SegmentWriter

    /// How long a batch waits for company, when the last one had some: about the time of one `fdatasync`.
    ///
    /// A single caller never waits. With several, the group grows and each record costs a fraction of a sync: measured at
    /// 16 connections on one core, see docs/performance.md.
    private static let gathering: UInt32 = 100

    mutating func run() {
        var last = 0
        while var waiting = queue.take() {
            if last > 1 || waiting.count > 1 {
                usleep(Self.gathering)
                waiting += queue.takeWaiting()
            }
            last = waiting.count
            commit(waiting[...])
        }
        writer.close()
    }

    /// Makes all of it durable, batch by batch, and answers each caller; after an error all that are left get it.
    mutating func commit(_ waiting: ArraySlice<PendingAppend>) {
        var rest = waiting
        while !rest.isEmpty {
            do throws(FileError) {
                let group = try fill(&rest)
                let first = writer.frontier.size
                try flush(group)
                head.set(writer.frontier)
                for (place, append) in group.enumerated() {
                    append.answer(.success(first + UInt64(place)))
                }
            } catch {
                refuse(rest, error)
                return
            }
        }
    }

    /// Moves what fits from `rest` into a batch, in a new segment when this one is full.
    private mutating func fill(_ rest: inout ArraySlice<PendingAppend>) throws(FileError) -> ArraySlice<PendingAppend> {
        let all = rest
        writer.begin()
        while let next = rest.first, writer.add(next) { rest.removeFirst() }
        if rest.count == all.count {
            let spare = try writer.spare()
            try certainly { writer throws(FileError) in try writer.roll(to: spare) }
            writer.begin()
            while let next = rest.first, writer.add(next) { rest.removeFirst() }
            // The front door refuses entries larger than a segment.
            guard rest.count < all.count else { throw FileError(.write, "segment", errno: EFBIG) }
        }
        return all.prefix(all.count - rest.count)
    }

    private mutating func flush(_ group: ArraySlice<PendingAppend>) throws(FileError) {
        do throws(FileError) {
            try certainly { writer throws(FileError) in try writer.flush() }
        } catch {
            refuse(group, error)
            throw error
        }
    }

    /// Done or not: after an error nobody can know. Nothing is acknowledged from here on, and nothing is tried again.
    private mutating func certainly(_ body: (inout SegmentWriter) throws(FileError) -> Void) throws(FileError) {
        do throws(FileError) {
            try body(&writer)
        } catch {
            head.poison(error)
            throw error
        }
    }

    private func refuse(_ appends: ArraySlice<PendingAppend>, _ error: FileError) {
        if !error.isOutOfSpace { head.poison(error) }
        // The door is shut before anybody learns why: whoever hears of the failure finds the log closed.
        if head.failure != nil { queue.fail(.storeUnavailable(errno: error.errno)) }
        for append in appends { append.answer(.failure(.storeUnavailable(errno: error.errno))) }
    }
}

/// How far the log is durable, and whether it still can be believed.
final class DurableHead: Sendable {
    private let state: Mutex<(frontier: MerkleFrontier, failure: FileError?)>
    init(_ frontier: MerkleFrontier) { state = Mutex((frontier, nil)) }

    var frontier: MerkleFrontier { state.withLock { $0.frontier } }
    /// The error after which nothing was acknowledged any more.
    var failure: FileError? { state.withLock { $0.failure } }
    func set(_ frontier: MerkleFrontier) { state.withLock { $0.frontier = frontier } }
    func poison(_ error: FileError) { state.withLock { $0.failure = $0.failure ?? error } }
}
