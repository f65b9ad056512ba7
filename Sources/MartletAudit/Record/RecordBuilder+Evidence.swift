import MartletCore
import MartletJSON

/// The records of witnesses, timestamps and keys of the log itself.
extension RecordBuilder {
    func evidence(_ evidence: LogEvidence, time: UnixTime, seed: RecordSeed) throws(AuditError) -> AuditEntry {
        try entry(Head(evidence.type, at: time), seed: seed) { writer in
            switch evidence {
            case .witnessed(let checkpoint, let witnesses):
                writer.group("verified") { $0.field("witnesses", names: witnesses, rest: "witnesses_omitted") }
                writer.group("observed") { $0.checkpoint(checkpoint) }
            case .witnessLost(let checkpoint, let missing, let reasons):
                writer.group("observed") { observed in
                    observed.field("missing", names: missing, rest: "missing_omitted")
                    observed.field("reasons", names: reasons, rest: "reasons_omitted")
                    if let checkpoint { observed.checkpoint(checkpoint) }
                }
            case .keyRotated(let old, let new):
                writer.group("derived") { derived in
                    derived.field("old_vkey", bounded: old, to: 512)
                    derived.field("new_vkey", bounded: new, to: 512)
                }
            case .timestamped(let checkpoint, let authority, let token, let file):
                writer.group("observed") { observed in
                    observed.checkpoint(checkpoint)
                    observed.field("authority", bounded: authority)
                    observed.field("token", token)
                    observed.field("file", bounded: file)
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func checkpoint(_ facts: CheckpointFacts) {
        field("size", facts.size)
        field("root", facts.root)
    }
}
