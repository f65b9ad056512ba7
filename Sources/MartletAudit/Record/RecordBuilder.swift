import MartletCore
import MartletJSON

/// Builds the bytes of one record: the leaf and, when it commits to values, their sealed payload.
///
/// Every leaf is one JSON object without white space, its members in a fixed order: the head, the provenance groups
/// `verified`, `asserted`, `observed`, `derived`, the commitment to the sealed values, the nonce. A value about
/// identity stands in exactly one group, so that a reader cannot mistake a claim for a fact.
struct RecordBuilder: Sendable {
    let root: RootKey
    let redactor: Redactor
    let listed: ListedNames
    /// Where the record comes from, as every record says it.
    private let origin: WrittenMembers

    init(identity: LogIdentity, root: RootKey, redactor: Redactor, listed: ListedNames) {
        self.listed = listed
        self.redactor = redactor
        self.root = root
        origin = WrittenMembers { writer in
            writer.field("node", identity.node)
            writer.field("env", identity.environment.rawValue)
            writer.field("posture", identity.posture)
        }
    }

    /// The members before the groups.
    struct Head {
        var type: RecordType
        var time: UnixTime
        var call: CallID?
        var round: Int?
        /// The index of the intent this record closes.
        var intent: UInt64?

        init(_ type: RecordType, at time: UnixTime, call: CallID? = nil, round: Int? = nil, intent: UInt64? = nil) {
            self.type = type
            self.time = time
            self.call = call
            self.round = round
            self.intent = intent
        }
    }

    /// The values that a record commits to, and the key they are sealed under.
    struct Sealing {
        let key: DataKey
        let values: Disclosures
    }

    func entry(
        _ head: Head, seed: RecordSeed, sealing: Sealing? = nil, groups: (inout JSONWriter) -> Void
    ) throws(AuditError) -> AuditEntry {
        var writer = JSONWriter(capacity: 1536)
        writer.beginObject()
        write(head, seed, to: &writer)
        groups(&writer)
        if let sealing { write(sealing, to: &writer) }
        writer.key("nonce")
        writer.string(base64URL: seed.nonce)
        writer.endObject()
        let leaf = writer.bytes
        guard leaf.count <= AuditEntry.maximumLeafBytes else { throw .leafTooLarge(bytes: leaf.count) }
        return AuditEntry(
            leaf: leaf, payload: try sealed(sealing, leaf, seed), isEssential: head.type.isEssential)
    }

    private func write(_ head: Head, _ seed: RecordSeed, to writer: inout JSONWriter) {
        writer.field("v", 1)
        writer.field("type", head.type.rawValue)
        writer.field("id", CallID(time: head.time, random: seed.identifier).rawValue)
        if let call = head.call { writer.field("call", call.rawValue) }
        if let round = head.round { writer.field("round", round) }
        writer.field("t", head.time.rfc3339)
        writer.members(origin)
        if let intent = head.intent { writer.field("prev", intent) }
    }

    private func write(_ sealing: Sealing, to writer: inout JSONWriter) {
        writer.key("sealed")
        writer.beginObject()
        writer.field("key", sealing.key.id.rawValue)
        writer.endObject()
        writer.key("_sd")
        writer.beginArray()
        for digest in sealing.values.digests { writer.string(base64URL: digest.bytes) }
        writer.endArray()
        writer.field("_sd_alg", "sha-256")
    }

    private func sealed(
        _ sealing: Sealing?, _ leaf: [UInt8], _ seed: RecordSeed
    ) throws(AuditError) -> [UInt8]? {
        guard let sealing else { return nil }
        return try sealing.key.seal(sealing.values.payload, leaf: leaf, nonce: seed.nonce)
    }
}
