import MartletCore
import MartletJSON

/// Takes the head of a leaf apart, and says which member is wrong.
struct LeafReader {
    private let document: JSONValue
    private let index: UInt64

    init(_ document: JSONValue, _ index: UInt64) {
        self.document = document
        self.index = index
    }

    mutating func type() throws(LeafError) -> RecordType {
        guard document.member("v")?.integer == 1 else { throw LeafError(index: index, problem: .unknownVersion) }
        let name = try text("type")
        guard let type = RecordType(rawValue: name) else { throw LeafError(index: index, problem: .unknownType(name)) }
        guard document.hasNoKey(but: Self.known) else {
            let unknown = document.members.first { member in
                !Self.known.contains { $0.utf8.elementsEqual(member.key.utf8) }
            }
            throw LeafError(index: index, problem: .unknownMember(unknown?.key ?? ""))
        }
        return type
    }

    func text(_ key: StaticString) throws(LeafError) -> String {
        guard let text = document.member(key)?.string else { throw bad(key) }
        return text
    }

    func identifier(_ key: StaticString) throws(LeafError) -> CallID {
        guard let id = CallID(try text(key)) else { throw bad(key) }
        return id
    }

    func time(_ key: StaticString) throws(LeafError) -> UnixTime {
        guard let time = UnixTime(rfc3339: try text(key)) else { throw bad(key) }
        return time
    }

    func call(of type: RecordType) throws(LeafError) -> CallID? {
        type.isAboutCall || document.member("call") != nil ? try identifier("call") : nil
    }

    func intent(of type: RecordType) throws(LeafError) -> UInt64? {
        guard type.closesIntent else {
            if document.member("prev") != nil { throw bad("prev") }
            return nil
        }
        guard let number = document.member("prev")?.integer, number >= 0, number < index else { throw bad("prev") }
        return UInt64(number)
    }

    func nonce() throws(LeafError) -> [UInt8] {
        guard let nonce = Base64URL.decode(try text("nonce")), nonce.count == 16 else { throw bad("nonce") }
        return nonce
    }

    func requireMembers(of type: RecordType) throws(LeafError) {
        _ = try text("posture")
        try requireCommitment()
        var (group, value): (String?, JSONValue?) = (nil, nil)
        for member in Self.required[type] ?? [] {
            if member.group != group { (group, value) = (member.group, document[member.group]) }
            guard member.keys.reduce(value, { $0?[$1] }) != nil else { throw bad(member.path) }
        }
        let observed = document.member("observed")
        // A list or a stream is of one upstream, or of the route that has them all.
        if type == .listFiltered || type == .streamOpened,
            (observed?.member("upstream") == nil) == (observed?.member("route") == nil)
        {
            throw bad("/observed/upstream")
        }
        // An intent is about exactly one thing.
        if type == .callIntent, Self.subjects.count(where: { observed?.member($0) != nil }) != 1 {
            throw bad("/observed/tool")
        }
    }

    /// What is sealed is committed to, in one of two forms; nothing is committed to that is not sealed.
    private func requireCommitment() throws(LeafError) {
        guard let sealed = document.member("sealed") else {
            if document.member("_sd") != nil { throw bad("_sd") }
            return
        }
        let digests = document.member("_sd")
        guard (sealed.member("commitment") == nil) == (digests != nil) else { throw bad("sealed") }
        guard let digests else { return }
        guard digests.kind == .array, digests.count > 0, document.member("_sd_alg")?.isString("sha-256") == true,
            digests.elements.allSatisfy({ $0.string?.utf8.count == 43 })
        else { throw bad("_sd") }
    }

    private func bad(_ key: StaticString) -> LeafError { bad("\(key)") }
    private func bad(_ key: String) -> LeafError { LeafError(index: index, problem: .badMember(key)) }

    /// A member that a type must carry: the root's member, and the keys from there on.
    private struct RequiredMember {
        let path: String
        let group: String
        let keys: [String]

        init?(_ path: String) {
            let keys = JSONPointer(path)?.tokens ?? []
            guard let group = keys.first else { return nil }
            (self.path, self.group, self.keys) = (path, group, Array(keys.dropFirst()))
        }
    }

    private static let required: [RecordType: [RequiredMember]] = {
        let rows = RecordType.allCases.map { type in (type, type.requiredMembers.compactMap { RequiredMember($0) }) }
        return Dictionary(uniqueKeysWithValues: rows)
    }()

    private static let subjects: [StaticString] = ["tool", "prompt", "resource"]

    /// In the order of the canonical form.
    private static let known = [
        "v", "type", "id", "call", "round", "t", "node", "env", "posture", "prev", "verified", "asserted", "observed",
        "derived", "sealed", "_sd", "_sd_alg", "nonce",
    ]
}

extension RecordType {
    var isAboutCall: Bool {
        switch self {
        case .callIntent, .callOutcome, .callDenied, .callInDoubt, .callResolved, .approvalRequested: true
        case .listFiltered, .authenticationFailed, .approvalGranted, .approvalDenied, .approvalExpired,
            .credentialIssued, .credentialRevoked, .sessionOpened, .sessionClosed, .streamOpened, .streamClosed,
            .upstreamRestarted, .upstreamEraChanged, .toolDrift,
            .grantFirstSeen, .grantExpiring, .grantsInForce, .configurationChanged, .auditRead, .sinkLag, .sinkCaughtUp,
            .alertRaised, .alertAcknowledged, .alertClosed,
            .checkpointWitnessed,
            .checkpointWitnessLost, .checkpointTimestamped, .keyRotated, .erasureRequested, .erasureExecuted,
            .erasureRefused, .holdPlaced, .holdReleased, .logOpened, .logClosed, .logGap, .logRecoveredTail,
            .logHeartbeat, .logDegraded, .logRecovered, .clockStep, .shardClosed,
            .shardOpened, .shardCarried, .retentionApplied:
            false
        }
    }

    var closesIntent: Bool { self == .callOutcome || self == .callInDoubt }

    /// What a record of this type is worthless without, as JSON Pointers.
    var requiredMembers: [String] {
        switch self {
        case .callIntent:
            [
                "/round", "/verified/agent", "/verified/iss", "/verified/cred/digest", "/asserted", "/observed/src",
                "/observed/upstream", "/derived/decision", "/derived/role", "/derived/grant", "/derived/policy",
                "/derived/approval", "/sealed/key",
            ]
        case .callOutcome: ["/observed/outcome", "/observed/latency_us", "/derived/may_have_run"]
        case .callDenied: ["/observed/src", "/derived/decision", "/derived/stage", "/derived/reason"]
        case .callInDoubt: ["/derived/reason", "/derived/may_have_run"]
        case .listFiltered: ["/verified/agent", "/derived/shown", "/derived/hidden"]
        case .authenticationFailed: ["/observed/src", "/observed/count", "/derived/reason"]
        case .approvalRequested, .approvalExpired:
            ["/verified/agent", "/derived/approval", "/derived/binding", "/derived/expires"]
        case .approvalGranted, .approvalDenied:
            [
                "/verified/agent", "/verified/approver", "/verified/cred/digest", "/observed/decided_t",
                "/derived/approval", "/derived/binding", "/derived/expires",
            ]
        case .credentialIssued: ["/derived"]
        case .credentialRevoked: ["/derived/reason"]
        case .sessionOpened: ["/verified/agent", "/observed/session"]
        case .sessionClosed: ["/verified/agent", "/observed/session", "/observed/reason"]
        case .streamOpened: ["/verified/agent", "/observed/stream", "/derived/lists"]
        case .streamClosed: ["/verified/agent", "/observed/stream", "/observed/reason", "/observed/opened"]
        case .upstreamRestarted: ["/observed/upstream", "/observed/reason"]
        case .upstreamEraChanged: ["/observed/upstream", "/observed/pinned", "/observed/seen"]
        case .toolDrift: ["/observed/upstream", "/observed/tool"]
        case .grantFirstSeen, .grantExpiring: ["/derived/grant", "/derived/expires"]
        case .grantsInForce: ["/derived/items", "/derived/set", "/derived/part", "/derived/parts"]
        case .auditRead: ["/verified/uid", "/asserted/command", "/asserted/found"]
        case .checkpointWitnessed: ["/verified/witnesses", "/observed/size", "/observed/root"]
        case .checkpointWitnessLost: ["/observed/missing", "/observed/reasons"]
        case .checkpointTimestamped:
            ["/observed/size", "/observed/root", "/observed/authority", "/observed/token", "/observed/file"]
        case .keyRotated: ["/derived/old_vkey", "/derived/new_vkey"]
        case .sinkLag, .sinkCaughtUp: ["/observed/sink", "/observed/next", "/derived/behind"]
        case .erasureRequested:
            [
                "/verified/uid", "/asserted/case", "/asserted/reason", "/derived/erasure", "/derived/subject",
                "/derived/keys",
            ]
        case .erasureExecuted:
            [
                "/verified/uid", "/asserted/case", "/derived/erasure", "/derived/subject", "/derived/keys",
                "/derived/requested",
            ]
        case .erasureRefused: ["/verified/uid", "/derived/erasure", "/derived/subject", "/derived/holds"]
        case .holdPlaced, .holdReleased: ["/verified/uid", "/asserted/case", "/derived/hold", "/derived/all"]
        case .configurationChanged: ["/observed/new", "/observed/file"]
        case .alertRaised: ["/derived/rule", "/derived/record"]
        case .callResolved: ["/verified/uid", "/asserted/reason", "/asserted/ran", "/derived/record"]
        case .alertAcknowledged, .alertClosed: ["/verified/uid", "/asserted/reason", "/derived/record"]
        case .logOpened: ["/observed/version", "/observed/size"]
        case .logClosed: ["/observed/reason", "/derived/open_intents"]
        case .logGap: ["/derived/lost", "/derived/first_t", "/derived/last_t"]
        case .logRecoveredTail: ["/observed/bytes", "/observed/file"]
        case .logHeartbeat: ["/observed/mono_ns", "/observed/size", "/observed/root", "/observed/every_s"]
        case .logDegraded: ["/observed/reasons", "/derived/refuses_calls"]
        case .logRecovered: ["/observed/reasons", "/derived/lasted_s"]
        case .clockStep: ["/observed/mono_ns", "/derived/expected_t", "/derived/step_us"]
        case .shardClosed: ["/derived/shard", "/derived/next_origin", "/derived/next_vkey"]
        case .shardOpened:
            [
                "/observed/shard", "/observed/origin", "/observed/vkey", "/observed/size", "/observed/root",
                "/observed/last_t", "/derived/shard", "/derived/carried",
            ]
        case .shardCarried: ["/derived/items", "/derived/part", "/derived/parts"]
        case .retentionApplied: ["/observed/shard", "/observed/origin", "/observed/size", "/observed/root"]
        }
    }
}
