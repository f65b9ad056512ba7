import MartletCore
import MartletJSON

/// The records that stand for many things at once: a tool list, a window of failures, a gap.
extension RecordBuilder {
    func list(
        _ facts: ListFacts, by caller: WrittenMembers, key: DataKey, time: UnixTime, seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        let names = facts.shown.sorted()
        var values = Disclosures()
        values.add(facts.method == "tools/list" ? "tools" : "items", salt: seed.salt) { writer in
            writer.beginArray()
            for name in names.prefix(4096) { writer.string(name) }
            writer.endArray()
        }
        let sealing = Sealing(key: key, values: values)
        return try entry(Head(.listFiltered, at: time), seed: seed, sealing: sealing) { writer in
            writer.group("verified") { $0.members(caller) }
            writer.asserted(facts.context, model: .unknown)
            writer.group("observed") { observed in
                observed.arrival(facts.context, method: facts.method)
                observed.field("upstream", bounded: facts.upstream?.rawValue)
                if !facts.degraded.isEmpty { observed.degraded(facts.degraded) }
            }
            writer.group("derived") { derived in
                derived.field("role", facts.principal.role.rawValue)
                derived.field("shown", names.count)
                derived.field("hidden", facts.hidden)
                derived.field("set", Digest(of: Array(names.joined(separator: "\n").utf8)))
            }
        }
    }

    func authenticationFailure(
        _ failures: FailureCount, time: UnixTime, seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        try entry(Head(.authenticationFailed, at: time), seed: seed) { writer in
            writer.group("observed") { observed in
                observed.field("src", bounded: failures.failure.source, to: 64)
                observed.field("route", bounded: failures.failure.route, to: 128)
                observed.field("method", bounded: failures.failure.method, to: 16)
                observed.field("count", failures.count)
                observed.field("first_t", failures.first)
                observed.field("last_t", failures.last)
            }
            writer.group("derived") { derived in
                derived.field("decision", "deny")
                derived.field("stage", DenialStage.authentication.rawValue)
                derived.field("reason", bounded: failures.failure.reason, to: 64)
            }
        }
    }

    func gap(_ lost: GapCount.Lost, time: UnixTime, seed: RecordSeed) throws(AuditError) -> AuditEntry {
        try entry(Head(.logGap, at: time), seed: seed) { writer in
            writer.group("derived") { derived in
                derived.group("lost") { counts in
                    for type in RecordType.allCases {
                        guard let count = lost.counts[type] else { continue }
                        counts.key(type.rawValue)
                        counts.number(count)
                    }
                }
                derived.field("first_t", lost.first)
                derived.field("last_t", lost.last)
            }
        }
    }
}

extension JSONWriter {
    /// Of each upstream that is missing, why; at most 64 of them, and the count of the rest.
    fileprivate mutating func degraded(_ upstreams: [DegradedUpstream]) {
        group("degraded") { writer in
            for upstream in upstreams.prefix(64) {
                writer.key(upstream.id.rawValue)
                writer.string(upstream.reason.rawValue)
            }
        }
        if upstreams.count > 64 { field("degraded_omitted", upstreams.count - 64) }
    }
}
