import MartletCore
import MartletJSON

/// The records of the log itself while the gateway runs.
extension RecordBuilder {
    func condition(_ condition: LogCondition, time: UnixTime, seed: RecordSeed) throws(AuditError) -> AuditEntry {
        try entry(Head(condition.type, at: time), seed: seed) { writer in
            switch condition {
            case .heartbeat(let beat):
                writer.group("observed") { observed in
                    observed.moment(beat.boot, beat.monotonic)
                    observed.field("size", beat.tree.size)
                    observed.field("root", beat.tree.root)
                    observed.field("every_s", beat.every.count)
                }
            case .degraded(let facts): writer.degraded(facts, lasted: nil)
            case .recovered(let facts, let lasted): writer.degraded(facts, lasted: lasted)
            case .clockStep(let step):
                writer.group("observed") { observed in
                    observed.moment(step.boot, step.monotonic)
                    observed.field("found_t", step.found)
                }
                writer.group("derived") { derived in
                    derived.field("expected_t", step.expected)
                    derived.field("step_us", step.microseconds)
                    derived.field("direction", step.microseconds > 0 ? "forward" : "back")
                    derived.field("limit_us", LogPulse.smallestStep)
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func moment(_ boot: String?, _ monotonic: Int64) {
        field("boot", bounded: boot, to: 64)
        field("mono_ns", monotonic)
    }

    fileprivate mutating func degraded(_ facts: DegradedFacts, lasted: Seconds?) {
        group("observed") { observed in
            observed.field("reasons", names: facts.words, rest: "reasons_omitted")
            observed.field("spares", facts.spares)
            if lasted == nil { observed.field("why", bounded: facts.why) }
        }
        group("derived") { derived in
            derived.field("refuses_calls", lasted == nil && facts.refusesCalls)
            if let lasted { derived.field("lasted_s", lasted.count) }
        }
    }
}
