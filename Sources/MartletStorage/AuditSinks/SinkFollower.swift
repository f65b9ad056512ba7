import Glibc
package import MartletAudit
package import MartletCore

/// What one sink is made of.
package struct SinkParts: Sendable {
    package let name: String
    package let kind: String
    package let carrier: any SinkCarrier
    package let limits: BatchLimits
    package let alertAfter: Seconds
    /// What is done to each record before it is given: names for pseudonyms, where that is configured.
    package let prepare: @Sendable (ExportedRecord) -> ExportedRecord

    package init(
        name: String, kind: String, carrier: any SinkCarrier, limits: BatchLimits, alertAfter: Seconds,
        prepare: @escaping @Sendable (ExportedRecord) -> ExportedRecord = { $0 }
    ) {
        self.prepare = prepare
        self.name = name
        self.kind = kind
        self.carrier = carrier
        self.limits = limits
        self.alertAfter = alertAfter
    }
}

/// Carries the logs to one other side, record by record in order, on a thread of its own beside the path.
///
/// There is no queue: the log is the queue, and the cursor says where the other side stands. It is moved only when the
/// other side has acknowledged, and kept on disk once a second while there is much to do: after a crash some records are
/// given twice, none is left out. Nothing is given that is not durable. Source: ADR-0026.
package struct SinkFollower: Sendable {
    package let status: SinkStatus
    private let parts: SinkParts
    private let logs: FollowedLogs
    private let file: SinkFile
    private let clock: any GatewayClock
    /// It rests so many times as long as it worked.
    private let rest: Int64

    /// `sinks` is how many share a fifth of a core.
    package init(
        _ parts: SinkParts, of logs: FollowedLogs, states: String, sinks: Int, clock: any GatewayClock
    ) {
        self.parts = parts
        self.logs = logs
        self.clock = clock
        file = SinkFile(directory: states, sink: parts.name)
        rest = 5 * Int64(max(1, sinks)) - 1
        status = SinkStatus(name: parts.name, kind: parts.kind, size: { logs.size })
    }

    /// Whether the log is the one that the other side has so far, and is still here; throws when it is not.
    package func check() throws(SinkRefusal) {
        guard let state = try file.load() else { return }
        var reader = try FollowedReader(logs, at: state.cursor)
        reader.close()
    }

    /// Carries until the task is cancelled.
    package func run() async {
        do {
            let thread = try SinkThread.start()
            await withTaskExecutorPreference(thread) { await follow() }
            thread.stop()
        } catch {
            status.fail("\(error)", now: clock.now())
        }
    }

    private func follow() async {
        var run = SinkRun(parts: parts, logs: logs, file: file, status: status, clock: clock)
        while !Task.isCancelled {
            let worked = Self.processorTime
            let pause = await run.step()
            let rest = (Self.processorTime - worked) / 1_000_000 * rest
            do { try await Task.sleep(for: .milliseconds(max(pause, rest))) } catch { break }
        }
        run.end()
    }

    /// Of this thread, in nanoseconds.
    private static var processorTime: Int64 {
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return 0 }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
