import MartletAudit
import MartletCore
import MartletJSON
import Testing

/// The members of every record type, to the letter. A new or lost field shows here first.
struct FieldSetTests {
    private static let head = "v type id t node env posture nonce"
    private static let caller = """
        verified.agent verified.user verified.iss verified.actors verified.auth verified.cred.digest verified.cred.jti \
        verified.cred.kid verified.cred.alg verified.cred.exp
        """
    private static let asserted = "asserted.client.name asserted.client.version asserted.traceparent"
    private static let assertedModel = "asserted.model.name asserted.model.via asserted.model.assurance"
    private static let arrival = "observed.src observed.proto observed.transport observed.method observed.upstream"
    private static let sealed = "sealed.key _sd _sd_alg"
    private static let attempt =
        "\(head) call round \(caller) \(assertedModel) \(asserted) \(arrival) observed.tool observed.tool_def observed.args_bytes \(sealed)"
    private static let requester = "verified.agent verified.user verified.iss verified.actors"
    private static let ticket = """
        observed.upstream observed.tool derived.approval derived.binding derived.role derived.grant derived.policy \
        derived.expires
        """
    private static let ruling = """
        \(head) \(requester) verified.approver verified.approver_iss verified.auth verified.cred.digest \
        observed.channel observed.decided_t \(ticket) \(sealed)
        """
    private static let session = """
        \(head) \(caller) asserted.client.name asserted.client.version observed.session observed.upstream \
        observed.proto observed.src derived.role
        """

    private static let stream = "observed.upstream observed.stream observed.session derived.role"

    private static let asked = "\(head) verified.uid verified.pid asserted.case"
    private static let erasure =
        "\(asked) asserted.reason derived.erasure derived.subject derived.quarter derived.keys"
    private static let closedLog = """
        observed.shard observed.origin observed.vkey observed.size observed.root observed.first_t observed.last_t
        """
    private static let hold = "\(asked) derived.hold derived.all derived.subject"

    static let golden: [(RecordType, String)] = [
        (
            .callIntent,
            """
            \(attempt) derived.decision derived.role derived.grant derived.policy derived.approval.id \
            derived.approval.approvers derived.approval.granted_t derived.approval.expires derived.approval.leaf \
            derived.approval.binding
            """
        ),
        (
            .callOutcome,
            "\(head) call prev observed.outcome observed.latency_us observed.result_bytes derived.may_have_run \(sealed)"
        ),
        (
            .callDenied,
            """
            \(attempt) derived.decision derived.stage derived.reason derived.role derived.grant derived.policy \
            derived.approval
            """
        ),
        (.callInDoubt, "\(head) call prev derived.reason derived.may_have_run"),
        (
            .listFiltered,
            "\(head) \(caller) \(asserted) \(arrival) derived.role derived.shown derived.hidden derived.set \(sealed)"
        ),
        (
            .authenticationFailed,
            """
            \(head) observed.src observed.route observed.method observed.count observed.first_t observed.last_t \
            derived.decision derived.stage derived.reason
            """
        ),
        (.approvalRequested, "\(head) call \(requester) \(ticket) \(sealed)"),
        (.approvalGranted, ruling),
        (.approvalDenied, ruling),
        (.approvalExpired, "\(head) \(requester) \(ticket)"),
        (
            .credentialIssued,
            "\(head) derived.subject derived.subjects derived.jti derived.digest derived.aud derived.exp"
        ),
        (
            .credentialRevoked,
            "\(head) derived.subject derived.subjects derived.jti derived.digest derived.aud derived.exp derived.reason"
        ),
        (.sessionOpened, session),
        (.sessionClosed, session + " observed.reason"),
        (
            .streamOpened,
            """
            \(head) \(caller) \(asserted) \(arrival) \(stream) derived.lists derived.resources derived.refused \(sealed)
            """
        ),
        (
            .streamClosed,
            "\(head) \(caller) \(stream) observed.opened observed.ended_t observed.reason observed.sent"
        ),
        (.upstreamRestarted, "\(head) observed.upstream observed.reason"),
        (.upstreamEraChanged, "\(head) observed.upstream observed.pinned observed.seen"),
        (.toolDrift, "\(head) observed.upstream observed.tool observed.old observed.new"),
        (.grantFirstSeen, "\(head) derived.grant derived.expires"),
        (.grantExpiring, "\(head) derived.grant derived.expires"),
        (.grantsInForce, "\(head) derived.items derived.set derived.policy derived.part derived.parts"),
        (
            .auditRead,
            """
            \(head) verified.uid verified.pid asserted.command asserted.filter asserted.case asserted.found asserted.opened \
            asserted.opened_omitted
            """
        ),
        (.alertRaised, "\(head) derived.rule derived.record derived.text"),
        (.callResolved, "\(head) call \(asked) asserted.ran asserted.reason derived.record"),
        (.alertAcknowledged, "\(head) \(asked) asserted.reason derived.record"),
        (.alertClosed, "\(head) \(asked) asserted.reason derived.record"),
        (.checkpointWitnessed, "\(head) verified.witnesses observed.size observed.root"),
        (.checkpointWitnessLost, "\(head) observed.missing observed.reasons observed.size observed.root"),
        (
            .checkpointTimestamped,
            "\(head) observed.size observed.root observed.authority observed.token observed.file"
        ),
        (.logHeartbeat, "\(head) observed.boot observed.mono_ns observed.size observed.root observed.every_s"),
        (.logDegraded, "\(head) observed.reasons observed.spares observed.why derived.refuses_calls"),
        (.logRecovered, "\(head) observed.reasons observed.spares derived.refuses_calls derived.lasted_s"),
        (
            .clockStep,
            """
            \(head) observed.boot observed.mono_ns observed.found_t derived.expected_t derived.step_us \
            derived.direction derived.limit_us
            """
        ),
        (
            .shardClosed,
            """
            \(head) asserted.uid asserted.reason derived.shard derived.due derived.next_origin derived.next_vkey
            """
        ),
        (.shardOpened, "\(head) \(closedLog) derived.shard derived.carried"),
        (.shardCarried, "\(head) derived.items derived.part derived.parts"),
        (.retentionApplied, "\(head) \(closedLog) derived.keep_days derived.keys derived.people"),
        (.keyRotated, "\(head) derived.old_vkey derived.new_vkey"),
        (
            .sinkLag,
            """
            \(head) observed.sink observed.kind observed.origin observed.next observed.reason derived.behind \
            derived.behind_s
            """
        ),
        (
            .sinkCaughtUp,
            "\(head) observed.sink observed.kind observed.origin observed.next derived.behind derived.behind_s"
        ),
        (.erasureRequested, erasure),
        (.erasureExecuted, erasure + " derived.requested derived.approvals"),
        (.erasureRefused, erasure + " derived.holds"),
        (.holdPlaced, hold),
        (.holdReleased, hold),
        (.configurationChanged, "\(head) observed.old observed.new observed.file"),
        (
            .logOpened,
            """
            \(head) asserted.reason observed.version observed.size observed.root observed.boot observed.mono_ns \
            observed.every_s observed.head.state \
            observed.head.size observed.head.runs observed.head.abandoned observed.head.abandoned_root \
            observed.head.accepted_uid observed.head.accepted_t
            """
        ),
        (.logClosed, "\(head) observed.reason derived.open_intents"),
        (.logGap, "\(head) derived.lost.call.denied derived.first_t derived.last_t"),
        (.logRecoveredTail, "\(head) observed.bytes observed.file"),
    ]

    @Test("the golden table names every record type once")
    func tableIsComplete() {
        #expect(Set(Self.golden.map(\.0)) == Set(RecordType.allCases))
        #expect(Self.golden.count == RecordType.allCases.count)
    }

    @Test("a record has exactly the members of its golden set", arguments: golden)
    func members(type: RecordType, golden: String) async throws {
        let log = try await EveryRecord.log()
        let entry = try #require(try log.entries().first { $0.type == type })
        #expect(Self.paths(entry.document) == Set(golden.split(separator: " ").map(String.init)))
    }

    @Test("every record starts with version, type, id and time, and no two have the same id or nonce")
    func heads() async throws {
        let entries = try await EveryRecord.log().entries()
        #expect(Set(entries.map(\.id)).count == entries.count)
        let nonces = entries.compactMap { $0.document.member("nonce")?.string }
        #expect(Set(nonces).count == entries.count)
        for entry in entries {
            #expect(String(decoding: entry.leaf.prefix(14), as: UTF8.self) == #"{"v":1,"type":"#)
            #expect(entry.leaf == entry.document.serialized(), "a leaf is written without white space")
        }
    }

    /// Dotted paths of everything that is no object; an array counts as one.
    private static func paths(_ value: JSONValue, _ prefix: String = "") -> Set<String> {
        value.members.reduce(into: []) { paths, member in
            let path = prefix.isEmpty ? member.key : "\(prefix).\(member.key)"
            if member.value.kind == .object {
                paths.formUnion(Self.paths(member.value, path))
            } else {
                paths.insert(path)
            }
        }
    }
}
