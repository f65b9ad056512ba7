import MartletAudit
import MartletCore
import MartletJSON
import MartletTransparency
import Testing

/// Which columns of the index a record gives.
struct IndexRowTests {
    private static let call = "actors agent call credential env model model_how role src token trace"

    /// The columns that the first record of each type fills, in a log with every optional member.
    static let golden: [(RecordType, String)] = [
        (.callIntent, "\(call) approval decision grant_id policy sealed tool upstream user"),
        (.callOutcome, "call env sealed status"),
        (.callDenied, "\(call) approval decision grant_id policy sealed stage status tool upstream user"),
        (.callInDoubt, "call env status"),
        (.listFiltered, "actors agent credential env role sealed src token trace upstream user"),
        (.authenticationFailed, "decision env src stage status"),
        (.approvalRequested, "actors agent approval call env grant_id policy role sealed tool upstream user"),
        (
            .approvalGranted,
            "actors agent approval approver credential env grant_id policy role sealed tool upstream user"
        ),
        (
            .approvalDenied,
            "actors agent approval approver credential env grant_id policy role sealed tool upstream user"
        ),
        (.approvalExpired, "actors agent approval env grant_id policy role tool upstream user"),
        (.credentialIssued, "actors credential env target token"),
        (.credentialRevoked, "actors credential env status target token"),
        (.sessionOpened, "actors agent credential env role src token upstream user"),
        (.sessionClosed, "actors agent credential env role src status token upstream user"),
        (.streamOpened, "actors agent credential env role sealed src token trace upstream user"),
        (.streamClosed, "actors agent credential env role status token upstream user"),
        (.upstreamRestarted, "env status upstream"), (.upstreamEraChanged, "env upstream"),
        (.toolDrift, "env tool upstream"), (.grantFirstSeen, "env grant_id"), (.grantExpiring, "env grant_id"),
        (.grantsInForce, "env policy"), (.auditRead, "env src"), (.alertRaised, "env"),
        (.callResolved, "call env src"), (.alertAcknowledged, "env src"), (.alertClosed, "env src"),
        (.erasureRequested, "env src target"), (.erasureExecuted, "env src target"),
        (.erasureRefused, "env src target"), (.holdPlaced, "env src target"), (.holdReleased, "env src target"),
        (.sinkLag, "env status"), (.sinkCaughtUp, "env"), (.checkpointWitnessed, "env"),
        (.checkpointWitnessLost, "env"),
        (.checkpointTimestamped, "env"), (.keyRotated, "env"), (.configurationChanged, "env"), (.logOpened, "env"),
        (.logClosed, "env status"), (.logGap, "env"),
        (.logRecoveredTail, "env"), (.logHeartbeat, "env"), (.logDegraded, "env"), (.logRecovered, "env"),
        (.clockStep, "env"), (.shardClosed, "env"), (.shardOpened, "env"), (.shardCarried, "env"),
        (.retentionApplied, "env"),
    ]

    private static func row(_ entry: TimelineEntry) -> IndexRow {
        IndexRow(leaf: entry.leaf, index: entry.index, hash: .leaf(entry.leaf))
    }

    @Test("a record fills exactly the columns of its type", arguments: golden)
    func columns(type: RecordType, golden: String) async throws {
        let entry = try #require(try await EveryRecord.log().entries().first { $0.type == type })
        let row = Self.row(entry)
        #expect(row[.type] == type.rawValue)
        #expect(Set(row.texts.named.map(\.rawValue)) == Set(golden.split(separator: " ").map(String.init) + ["type"]))
        #expect(row.time == entry.time && row.intent == entry.intent && row.hash == .leaf(entry.leaf))
    }

    @Test("the table names every record type once")
    func tableIsComplete() {
        #expect(Set(Self.golden.map(\.0)) == Set(RecordType.allCases))
        #expect(Self.golden.count == RecordType.allCases.count)
    }

    @Test("the columns of a call have the values of its records, and the outcome has those of the intent")
    func values() async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        let entries = try fixture.entries()
        let intent = Self.row(try #require(entries.first { $0.type == .callIntent }))
        let expected: [IndexColumn: String] = [
            .type: "call.intent", .call: Fixture.id(2).rawValue, .environment: "demo", .agent: "finance-bot",
            .user: try await fixture.recorded("alice"), .actors: " planner ", .role: "finance_executor",
            .model: "claude-opus-5",
            .modelSource: "asserted", .upstream: "erp", .tool: "issue_payment", .grant: "grant.issue_payment",
            .decision: "permit", .credential: Digest(of: [1]).description, .token: "jti-1",
            .trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", .source: "127.0.0.1",
        ]
        for (column, value) in expected { #expect(intent[column] == value, "\(column)") }
        #expect(intent[.approval]?.hasPrefix("apr_") == true && intent[.status] == nil)

        let bare = Self.row(try #require(entries.first { $0.type == .callOutcome }))
        #expect(bare[.agent] == nil && bare[.status] == "ok" && bare.latency == 12_345 && bare.intent == intent.index)
        let outcome = bare.closing(intent)
        for column in IndexColumn.inherited { #expect(outcome[column] == intent[column], "\(column)") }
        #expect(outcome[.type] == "call.outcome" && outcome[.status] == "ok" && outcome[.sealed] == bare[.sealed])
        let granted = Self.row(try #require(entries.first { $0.type == .approvalGranted }))
        #expect(bare.closing(granted) == bare, "only the intent that the record names is taken over")
        #expect(
            try await granted[.approver] == fixture.recorded("olivia")
                && granted[.credential] == Digest(of: [3]).description)
    }

    @Test("a leaf that is no record keeps its place and says why")
    func unreadable() {
        let row = IndexRow(leaf: Array("noise".utf8), index: 4, hash: .empty)
        #expect(row[.type] == IndexRow.unreadable && row.time == nil && row[.status]?.isEmpty == false)
        #expect(row.texts.named.count == 2)
    }

    @Test("what is printed cannot command a terminal, and JSON has the columns by name")
    func printed() throws {
        let row = IndexRow(
            index: 7, time: UnixTime(seconds: 1_795_374_000),
            texts: [.type: "call.denied", .tool: "a\u{1b}[2J\nb", .grant: "g-1", .status: "no_grant"], latency: 12,
            intent: 3, hash: .empty)
        #expect(!row.line.unicodeScalars.contains { $0.value < 0x20 })
        let value = try JSONValue.parse(row.json)
        #expect(value.member("grant")?.string == "g-1" && value.member("prev")?.integer == 3)
        #expect(value.member("latency_us")?.integer == 12 && value.member("index")?.integer == 7)
    }

    @Test("a name that is asked for enters no record")
    func unknownName() {
        var filter = IndexFilter()
        filter.equal = [.agent: "finance-bot", .user: "zoe", .approver: "yann", .target: "finance-bot"]
        filter.person = "xaver"
        #expect(filter.text(found: 1) == "agent=finance-bot user=? approver=? target=? subject=?")
        // Nothing found: it may have been a person's, who was erased.
        #expect(filter.text(found: 0) == "agent=? user=? approver=? target=? subject=?")
    }

    @Test("a filter says what was asked in one line")
    func told() {
        var filter = IndexFilter()
        filter.equal = [.agent: "finance-bot", .tool: "issue_payment"]
        filter.person = "zoe"
        filter.pseudonyms = ["zoe": ["psn-1", "psn-2"]]
        filter.credential = "jti-1"
        filter.status = "time"
        (filter.since, filter.until) = (UnixTime(seconds: 0), UnixTime(seconds: 60))
        (filter.after, filter.before) = (3, 9)
        #expect(
            filter.text(found: 1) == """
                agent=finance-bot tool=issue_payment subject=psn-1,psn-2 credential=jti-1 status~time \
                since=1970-01-01T00:00:00.000000Z until=1970-01-01T00:01:00.000000Z after=3 before=9
                """)
    }
}
