import MartletCore
import MartletJSON

/// The two records of a standing stream.
extension RecordBuilder {
    func streamOpened(
        _ facts: StreamFacts, _ names: RecordedNames, key: DataKey, time: UnixTime, seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        var values = Disclosures()
        values.add("items", salt: seed.salt) { $0.texts(facts.resources) }
        values.add("refused", salt: seed.secondSalt) { $0.texts(facts.refused) }
        let sealing = Sealing(key: key, values: values)
        return try entry(Head(.streamOpened, at: time), seed: seed, sealing: sealing) { writer in
            writer.group("verified") { $0.caller(facts.principal, names) }
            writer.asserted(facts.context, model: .unknown)
            writer.group("observed") { observed in
                observed.arrival(facts.context, method: facts.method)
                observed.stream(facts)
            }
            writer.group("derived") { derived in
                derived.field("role", facts.principal.role.rawValue)
                derived.key("lists")
                derived.beginArray()
                for list in facts.lists { derived.string(list) }
                derived.endArray()
                derived.field("resources", facts.resources.count)
                if !facts.tasks.isEmpty {
                    derived.key("tasks")
                    derived.beginArray()
                    for call in facts.tasks.prefix(64) { derived.string(call.rawValue) }
                    derived.endArray()
                }
                derived.field("refused", facts.refused.count)
            }
        }
    }

    func streamClosed(
        _ ending: StreamEnding, by caller: WrittenMembers, time: UnixTime, seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        try entry(Head(.streamClosed, at: time), seed: seed) { writer in
            writer.group("verified") { $0.members(caller) }
            writer.group("observed") { observed in
                observed.field("route", bounded: ending.facts.context.route, to: 64)
                observed.stream(ending.facts)
                observed.field("opened", ending.opened)
                observed.field("ended_t", ending.at)
                observed.field("reason", ending.end.rawValue)
                observed.field("sent", ending.sent)
            }
            writer.group("derived") { $0.field("role", ending.facts.principal.role.rawValue) }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func texts(_ texts: [String]) {
        beginArray()
        for text in texts { string(text.bounded(to: 2048)) }
        endArray()
    }

    fileprivate mutating func stream(_ facts: StreamFacts) {
        if facts.context.route == nil, let upstream = facts.upstreams.first {
            field("upstream", upstream.rawValue)
        } else {
            field("upstreams", names: facts.upstreams.map(\.rawValue), rest: "upstreams_omitted")
        }
        field("stream", facts.id.rawValue)
        field("session", facts.session)
    }
}
