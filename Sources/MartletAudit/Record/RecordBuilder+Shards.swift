import MartletCore
import MartletJSON

/// The records of logs that end and begin.
extension RecordBuilder {
    func shard(_ event: ShardEvent, time: UnixTime, seed: RecordSeed) throws(AuditError) -> AuditEntry {
        try entry(Head(event.type, at: time), seed: seed) { writer in
            switch event {
            case .closed(let closing): writer.closing(closing)
            case .opened(let opening):
                writer.group("observed") { $0.closed(opening.previous) }
                writer.group("derived") { derived in
                    derived.field("shard", opening.previous.number + 1)
                    derived.field("carried", opening.carriedParts)
                }
            case .carried(let part):
                writer.group("derived") { derived in
                    derived.key("items")
                    derived.beginArray()
                    for item in part.items { derived.raw(item) }
                    derived.endArray()
                    derived.field("part", part.part)
                    derived.field("parts", part.parts)
                }
            case .retired(let facts):
                writer.group("observed") { $0.closed(facts.closed) }
                writer.group("derived") { derived in
                    derived.field("keep_days", facts.keepDays)
                    derived.field("keys", facts.keys)
                    derived.field("people", facts.people)
                }
            }
        }
    }
}

extension JSONWriter {
    /// Who ordered it is what the file of the order says: nobody vouches for it.
    fileprivate mutating func closing(_ closing: ShardClosing) {
        if let order = closing.order {
            group("asserted") { asserted in
                asserted.field("uid", order.user)
                asserted.field("reason", bounded: order.reason, to: 512)
            }
        }
        group("derived") { derived in
            derived.field("shard", closing.number)
            derived.field("due", closing.order == nil ? "calendar" : "operator")
            derived.field("next_origin", bounded: closing.next.origin)
            derived.field("next_vkey", bounded: closing.next.verifierKey, to: 512)
        }
    }

    fileprivate mutating func closed(_ log: ClosedLog) {
        field("shard", log.number)
        field("origin", bounded: log.name.origin)
        field("vkey", bounded: log.name.verifierKey, to: 512)
        field("size", log.checkpoint.size)
        field("root", log.checkpoint.root)
        field("first_t", log.first)
        field("last_t", log.last)
    }
}
