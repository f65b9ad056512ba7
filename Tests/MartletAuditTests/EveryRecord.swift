import MartletApproval
import MartletCore
import MartletTesting
import Testing

@testable import MartletAudit

/// A log that holds at least one record of every type, with every optional member of it.
enum EveryRecord {
    static func log() async throws -> Fixture {
        // Of two issuers: a name may stand for several people.
        let agents = try Fixture.listed().agents
        let fixture = try Fixture(
            listed: ListedNames(agents: agents, issuers: ["https://issuer.test", "https://other.test"]))
        try await events(fixture)
        let request = try await fixture.approvedPayment()
        try await rulings(fixture, request)
        try await others(fixture)
        return fixture
    }

    private static func events(_ fixture: Fixture) async throws {
        let erp = try Fixture.upstream()
        let tool = try #require(ToolName("issue_payment"))
        let end = UnixTime(seconds: 1_800_000_000)
        let (old, new) = (Digest(of: [4]), Digest(of: [5]))
        let credential = CredentialEvent(
            subject: try Fixture.subject("finance-bot"), tokenID: "jti-2", digest: Digest(of: [6]),
            audience: "http://127.0.0.1:8440/mcp/erp", expires: end)
        let session = SessionEvent(
            session: Digest(of: [7]), principal: try Fixture.principal(), upstream: erp, protocolVersion: "2025-11-25",
            sourceAddress: "127.0.0.1", clientName: "claude-code", clientVersion: "3.1")
        let facts = CheckpointFacts(size: 7, root: old)
        var head = HeadFacts(.accepted, size: 0, runs: 3)
        (head.abandoned, head.acceptedBy, head.acceptedAt) = (facts, 1000, end)
        head.reason = "disk lost"
        var opening = LogOpening(version: "0.1.0", previousSize: 0, previousRoot: old, bootID: "boot-1", head: head)
        (opening.monotonic, opening.heartbeat) = (7, Seconds(30))
        let events: [GatewayEvent] =
            [
                .logOpened(opening), .tailRecovered(bytes: 12, file: "tail.bin"),
                .configurationChanged(old: old, new: new, file: "martlet.yaml"), .credentialIssued(credential),
                .credentialRevoked(credential, reason: "lost"), .sessionOpened(session),
                .sessionClosed(session, reason: "deleted"), .upstreamRestarted(erp, reason: "exit 1"),
                .eraChanged(erp, pinned: "2026-07-28", seen: "2025-11-25"), .toolDrift(erp, tool, old: old, new: new),
                .grantFirstSeen(grant: "grant.issue_payment", expires: end),
                .grantExpiring(grant: "grant.issue_payment", expires: end), .logClosed(reason: "signal"),
                .alertRaised(
                    AlertFacts(rule: "one_outcome_per_intent", record: 3, text: "intent 1 has its outcome already")),
                .sinkLag(
                    SinkFacts(
                        sink: "siem", kind: "file", origin: "martlet/test", next: 3, behind: 9, seconds: 61,
                        reason: "no space")),
                .sinkCaughtUp(
                    SinkFacts(sink: "siem", kind: "file", origin: "martlet/test", next: 12, behind: 0, seconds: 0)),
                .auditRead(
                    ReadFacts(
                        reader: LocalPeer(user: 1000, process: 7), command: "search", filter: "agent=finance-bot",
                        matter: "T-17", found: 300,
                        opened: Array(0..<300))),
                .evidence(.witnessed(facts, witnesses: ["w1", "w2"])),
                .evidence(.witnessLost(facts, missing: ["w2"], reasons: ["timed out"])),
                .condition(
                    .heartbeat(HeartbeatFacts(boot: "boot-1", monotonic: 9, tree: facts, every: Seconds(30)))),
                .condition(.degraded(DegradedFacts([.reserveReached, .headNotKept], spares: 1, why: "no space"))),
                .condition(.recovered(DegradedFacts([.reserveReached], spares: 2), lasted: Seconds(61))),
                .condition(
                    .clockStep(ClockStep(expected: end, found: UnixTime(seconds: 7), monotonic: 9, boot: "boot-1"))),
                .evidence(.keyRotated(old: "martlet/demo+1+a", new: "martlet/demo+2+b")),
                .evidence(
                    .timestamped(facts, authority: "https://tsa.test", token: new, file: "timestamps/7.tsr")),
            ] + (try erasures()) + words() + shards(facts)
            + AuthorityPart.parts(of: [.policy("no-weekends")], policy: Digest(of: [9])).map(GatewayEvent.grantsInForce)
        for event in events { _ = try await fixture.log.recordEvent(event) }
        let stream = try await fixture.log.openStanding(try Fixture.stream(), head: Fixture.draft) { _ in }
        stream.end(.agentLeft, last: nil)
    }

    private static func erasures() throws -> [GatewayEvent] {
        let peer = LocalPeer(user: 1000, process: 7)
        let pseudonym = try #require(Pseudonym("psn-" + String(repeating: "0", count: 32)))
        let hold = HoldFacts(id: "ho-1", subject: pseudonym, matter: "C-7", by: peer)
        let erasure = ErasureFacts(
            id: "er-1", subject: pseudonym, keys: [try #require(KeyID("dk-1"))], quarter: Quarter("2026-Q4"),
            matter: "T-17", reason: "asked for", by: peer)
        var refused = erasure
        refused.id = "er-2"
        var done = erasure
        done.approvals = 1
        return [
            .erasureRequested(erasure), .erasureExecuted(done, requested: 14), .holdPlaced(hold),
            .erasureRefused(refused, [hold]), .holdReleased(hold),
        ]
    }

    private static func words() -> [GatewayEvent] {
        let peer = LocalPeer(user: 1000, process: 7)
        let meanings: [OperatorWord.Meaning] = [.resolved(Fixture.id(1), ran: true), .acknowledged, .closed]
        return meanings.map { .word(OperatorWord($0, of: 3, by: peer, reason: "PAY-17 is there", matter: "C-7")) }
    }

    private static func shards(_ facts: CheckpointFacts) -> [GatewayEvent] {
        let name = LogName(origin: "martlet/demo", verifierKey: "martlet/demo+1+a")
        let closed = ClosedLog(
            number: 1, name: name, checkpoint: facts, first: UnixTime(seconds: 7), last: UnixTime(seconds: 9))
        let carried = CarriedPart(items: [Array(#"{"kind":"hold"}"#.utf8)], part: 1, parts: 1)
        return [
            .shard(.carried(carried)),
            .shard(.opened(ShardOpening(previous: closed, carriedParts: 1))),
            .shard(.retired(RetentionFacts(closed: closed, keepDays: 400, keys: 2, people: 1))),
            .shard(.closed(ShardClosing(number: 2, next: name, order: ShardOrder(user: 1000, reason: "year's end")))),
        ]
    }

    private static func rulings(_ fixture: Fixture, _ request: ApprovalRequest) async throws {
        let ruling = try #require(request.state.ruling)
        _ = try await fixture.log.recordEvent(
            .approvalDenied(request, by: ruling, through: ApprovalChannel("cli", comment: "no")))
        _ = try await fixture.log.recordEvent(.approvalExpired(request))
    }

    private static func others(_ fixture: Fixture) async throws {
        let list = ListFacts(
            principal: try Fixture.principal(), upstream: try Fixture.upstream(),
            shown: [.tool(try #require(ToolName("read_invoice")))], hidden: 3, context: Fixture.context())
        _ = try await fixture.log.recordList(list, answering: Fixture.draft)
        let failure = AuthenticationFailureFacts(
            reason: "expired", source: "127.0.0.1", route: "/mcp/erp", method: "POST")
        _ = await fixture.log.recordAuthenticationFailure(failure, answering: Fixture.draft)
        fixture.store.inject(.failBeforeWrite, atAppend: fixture.store.attempts + 1)
        let denial = DenialFacts(try Fixture.call(8), stage: .grant, reason: "no_grant", context: Fixture.context())
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        _ = try await fixture.log.recordIntent(try fixture.authorized(try Fixture.call(9)), context: Fixture.context())
        var scan = OpenIntents()
        for entry in try fixture.entries() { try scan.take(entry.leaf, at: entry.index) }
        _ = try await fixture.log.resolve(scan)
    }
}
