import Logging
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletStorage
import MartletTransparency

/// What the log says of itself, looked at once a second: heartbeats, steps of the clock, room.
struct LogConditions {
    private let every: Seconds
    private let boot = BootID.current
    private var pulse: LogPulse
    private var degraded = DegradedWatch()

    init(_ settings: AuditSettings, _ clock: any GatewayClock) {
        every = settings.heartbeat
        pulse = LogPulse(every: every, wall: clock.now(), monotonic: clock.monotonic())
    }

    mutating func tell(_ log: Log, _ clock: any GatewayClock, _ logger: Logger) async {
        let now = clock.monotonic()
        for beat in pulse.note(wall: clock.now(), monotonic: now) {
            switch beat {
            case .due: await log.audit.note(.condition(.heartbeat(heartbeat(log, now))))
            case .step(var step):
                step.boot = boot
                logger.warning(
                    "the clock of the machine was moved, or the machine stood still",
                    metadata: ["microseconds": "\(step.microseconds)"])
                await log.audit.note(.condition(.clockStep(step)))
            }
        }
        if let news = degraded.note(Self.facts(log.store), monotonic: now) {
            await log.audit.note(.condition(news))
        }
    }

    private func heartbeat(_ log: Log, _ now: Int64) -> HeartbeatFacts {
        let (size, root) = log.store.durable
        return HeartbeatFacts(
            boot: boot, monotonic: now,
            tree: CheckpointFacts(size: size, root: Digest(bytes: root.bytes) ?? Digest(of: [])), every: every)
    }

    /// nil when the log is kept as it should be.
    private static func facts(_ store: SegmentStore) -> DegradedFacts? {
        var reasons: Set<DegradedReason> = []
        let (spares, failure) = store.spares
        if failure != nil { reasons.insert(.noSpareSegment) }
        if store.lacksRoom { reasons.insert(.reserveReached) }
        if store.headFailure != nil { reasons.insert(.headNotKept) }
        if store.isHeadOverdue { reasons.insert(.headOverdue) }
        guard !reasons.isEmpty else { return nil }
        return DegradedFacts(
            reasons, spares: spares, why: failure.map { "\($0)" } ?? store.headFailure.map { "\($0)" })
    }
}

/// Which start of the machine this is, as the kernel names it.
enum BootID {
    static let current: String? = WholeFile.read("/proc/sys/kernel/random/boot_id").map { bytes in
        String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
