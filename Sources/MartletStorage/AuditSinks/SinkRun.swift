import MartletAudit
import MartletCore

/// One run of a sink: where it stands, what it has in hand, what went wrong.
struct SinkRun {
    /// How often it looks whether the log has grown, in milliseconds.
    private static let interval: Int64 = 1000
    /// The pause after the first failure, twice as long after each further one up to the longest.
    private static let pauses: ClosedRange<Int64> = 1000...60_000

    let parts: SinkParts
    let logs: FollowedLogs
    let file: SinkFile
    let status: SinkStatus
    let clock: any GatewayClock

    private var reader: FollowedReader?
    private var state: SinkState
    /// What is on disk.
    private var kept: SinkState?
    private var keptAt: Int64 = 0
    /// Read and not acknowledged yet.
    private var inHand: [ExportedRecord] = []
    private var pause = pauses.lowerBound

    init(parts: SinkParts, logs: FollowedLogs, file: SinkFile, status: SinkStatus, clock: any GatewayClock) {
        self.parts = parts
        self.logs = logs
        self.file = file
        self.status = status
        self.clock = clock
        state = SinkState(
            sink: parts.name, kind: parts.kind, cursor: logs.beginning, alertAfter: parts.alertAfter)
    }

    /// Gives one batch to the other side; returns how many milliseconds to wait before the next step.
    mutating func step() async -> Int64 {
        do throws(SinkTrouble) {
            try start()
            try read()
            guard !inHand.isEmpty else {
                try keep()
                return Self.interval
            }
            let isFull = inHand.count >= parts.limits.records
            try await deliver()
            pause = Self.pauses.lowerBound
            try keep(onlyAfter: Self.interval)
            return isFull ? 0 : Self.interval
        } catch {
            return fail(error)
        }
    }

    /// Keeps the cursor and closes what is open.
    mutating func end() {
        do throws(SinkTrouble) { try keep() } catch { status.fail(error.text, now: clock.now()) }
        reader?.close()
    }

    private mutating func start() throws(SinkTrouble) {
        guard reader == nil else { return }
        do throws(SinkRefusal) {
            if let found = try file.load() {
                kept = found
                state.cursor = found.cursor
                state.delivered = found.delivered
            }
            reader = try FollowedReader(logs, at: state.cursor)
        } catch {
            throw .refused(error)
        }
        stand(last: nil)
        try keep()
    }

    private mutating func read() throws(SinkTrouble) {
        guard inHand.isEmpty, var reader else { return }
        do throws(SinkRefusal) {
            inHand = try reader.next(parts.limits).map(parts.prepare)
            // Everything before is acknowledged: the end of a closed log is where the next one begins.
            while inHand.isEmpty, try reader.cross() {
                state.cursor = reader.cursor
                self.reader = reader
                stand(last: nil)
                inHand = try reader.next(parts.limits).map(parts.prepare)
            }
            self.reader = reader
        } catch {
            reader.close()
            self.reader = nil
            throw .refused(error)
        }
        status.wait(for: inHand.first?.time)
    }

    /// Says where the sink stands. `last` is when the record before was written.
    private func stand(last: UnixTime?) {
        guard let reader else { return }
        status.stand(
            at: state.cursor.next, of: state.cursor.origin, after: reader.member.before, last: last)
    }

    private mutating func deliver() async throws(SinkTrouble) {
        do throws(SinkError) { try await parts.carrier.deliver(inHand) } catch { throw .carrier(error) }
        if let reader { state.cursor = reader.cursor }
        state.delivered = clock.now()
        state.failure = nil
        state.failing = nil
        stand(last: inHand.last?.time)
        inHand = []
        status.succeed()
    }

    /// Writes the state when it is another one than on disk, and that is older than so many milliseconds.
    private mutating func keep(onlyAfter age: Int64 = 0) throws(SinkTrouble) {
        guard kept != state, Monotonic.milliseconds - keptAt >= age else { return }
        do throws(FileError) { try file.store(state) } catch { throw .refused(.file(error)) }
        (kept, keptAt) = (state, Monotonic.milliseconds)
    }

    private mutating func fail(_ trouble: SinkTrouble) -> Int64 {
        if case .carrier(.cancelled) = trouble { return 0 }
        let now = clock.now()
        status.fail(trouble.text, now: now)
        state.failing = state.failing ?? now
        state.failure = trouble.text
        // What cannot be kept is said by the log; the cursor on disk is an older, true one.
        if case .carrier = trouble {
            do { try keep(onlyAfter: Self.interval) } catch { status.fail(error.text, now: now) }
        }
        defer { pause = min(pause * 2, Self.pauses.upperBound) }
        return pause
    }
}

/// What keeps a sink from going on.
private enum SinkTrouble: Error {
    case carrier(SinkError)
    case refused(SinkRefusal)

    var text: String {
        switch self {
        case .carrier(let error): error.description
        case .refused(let refusal): refusal.description
        }
    }
}
