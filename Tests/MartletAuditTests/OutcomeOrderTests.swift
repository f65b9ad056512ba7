import MartletAudit
import MartletCore
import MartletJSON
import MartletPolicy
import MartletTesting
import MartletTransparency
import Testing

/// Reads that may answer before their outcome is durable, and everything that may not.
struct OutcomeOrderTests {
    private static let body = #"{"result":{"content":[],"_meta":{"martlet.dev/receipt":{"call":"c"}}}}"#
    private static let answer = ResponseDraft(status: 200, body: Array(body.utf8), receipt: body.utf8.count - 4)

    private static func log(
        _ fixture: Fixture, _ reads: [String] = ["read_invoice", "issue_payment"]
    ) throws -> AuditLog {
        AuditLog(
            store: fixture.store, clock: fixture.clock, random: SeededRandom(seed: 1),
            identity: LogIdentity(node: "gw-1", environment: try #require(EnvironmentName("demo")), posture: "pilot"),
            sealing: fixture.vault,
            ordering: OutcomeOrders(nextBatchFor: [try Fixture.upstream(): Set(reads.compactMap(ToolName.init))]),
            receipts: ReceiptStatement(Checkpoint(origin: "martlet/demo", size: 7, root: .empty)))
    }

    @Test("a read that may answer first says so in its intent, and its receipt names the intent, which is durable")
    func read() async throws {
        let fixture = try Fixture()
        let log = try Self.log(fixture)
        let recorded = try await log.recordIntent(
            try fixture.authorized(try Fixture.call()), context: Fixture.context())
        let answered = try await log.recordOutcome(of: recorded.intent, try Fixture.ended(), answering: Self.answer)
        let value = try JSONValue.parse(answered.draft.body)
        let receipt = try #require(value["result"]?["_meta"]?["martlet.dev/receipt"])
        #expect(receipt["index"]?.integer == 0)
        #expect(receipt["leafHash"]?.string == MerkleHash.leaf(try #require(fixture.store.leaves.first)).description)
        let entries = try fixture.entries()
        #expect(
            entries.map(\.type) == [.callIntent, .callOutcome]
                && entries[0].text("derived", "outcome_order") == "next_batch")
    }

    @Test("its answer leaves although its outcome is lost, and the loss is counted")
    func lost() async throws {
        let fixture = try Fixture()
        let log = try Self.log(fixture)
        let recorded = try await log.recordIntent(
            try fixture.authorized(try Fixture.call()), context: Fixture.context())
        fixture.store.setOutage(.failBeforeWrite)
        _ = try await log.recordOutcome(of: recorded.intent, try Fixture.ended(), answering: Self.answer)
        fixture.store.setOutage(nil)
        await log.flushCoalesced(now: fixture.clock.now(), everything: true)
        let entries = try fixture.entries()
        #expect(entries.map(\.type) == [.callIntent, .logGap])
        #expect(entries[1].document.member("derived")?.member("lost")?["call.outcome"]?.integer == 1)
    }

    @Test("an outcome that is refused at once keeps its answer back, as for any other tool")
    func refused() async throws {
        let fixture = try Fixture()
        let log = try Self.log(fixture)
        let recorded = try await log.recordIntent(
            try fixture.authorized(try Fixture.call()), context: Fixture.context())
        let intent = recorded.intent
        fixture.store.setRefusal(.overloaded)
        await #expect(throws: AuditError.overloaded) {
            _ = try await log.recordOutcome(of: intent, try Fixture.ended(), answering: Self.answer)
        }
    }

    @Test("no intent, no call: what may answer first still waits for its intent")
    func intent() async throws {
        let fixture = try Fixture()
        let log = try Self.log(fixture)
        fixture.store.setOutage(.failBeforeWrite)
        await #expect(throws: AuditError.storeUnavailable(errno: 28)) {
            _ = try await log.recordIntent(try fixture.authorized(try Fixture.call()), context: Fixture.context())
        }
    }

    @Test(
        "a tool of which nothing is said, and a call that rests on an approval, wait for their outcome",
        arguments: [true, false])
    func waits(isApproved: Bool) async throws {
        let fixture = try Fixture()
        let log = try Self.log(fixture, isApproved ? ["issue_payment"] : ["list_vendors"])
        let call = try Fixture.call(1, tool: isApproved ? "issue_payment" : "read_invoice")
        let approval = isApproved ? try Self.approval(of: call, fixture) : nil
        let recorded = try await log.recordIntent(
            try fixture.authorized(call, approval: approval), context: Fixture.context())
        let intent = recorded.intent
        #expect(try fixture.entries()[0].text("derived", "outcome_order") == nil)
        fixture.store.setOutage(.failBeforeWrite)
        await #expect(throws: AuditError.storeUnavailable(errno: 28)) {
            _ = try await log.recordOutcome(of: intent, try Fixture.ended(), answering: Self.answer)
        }
    }

    private static func approval(of call: ToolCall, _ fixture: Fixture) throws -> ApprovalFact {
        let now = fixture.clock.now()
        guard case .approvalRequired(let required) = try Fixture.engine().decide(call, approval: nil, now: now) else {
            throw Fixture.Refused()
        }
        return ApprovalFact(
            id: "a-1", approvers: [try Fixture.subject("olivia")], issuer: "https://issuer.test", grantedAt: now,
            expires: now.advanced(by: Seconds(60)),
            bindingDigest: required.bindingDigest)
    }

    @Test("of a read that answered first and has no outcome, the story says that the agent may have got the answer")
    func inDoubt() async throws {
        let fixture = try Fixture()
        let log = try Self.log(fixture)
        _ = try await log.recordIntent(try fixture.authorized(try Fixture.call()), context: Fixture.context())
        #expect(try await log.resolve(try fixture.scan()) == 1)
        let answers = try fixture.story(1).answers(fixture.values())
        #expect(answers.result.text.hasSuffix("the agent may have got the answer"))
    }
}
