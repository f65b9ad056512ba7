import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import MartletTransparency
import Testing

struct ReceiptTests {
    private static let body = #"{"result":{"content":[],"_meta":{"martlet.dev/receipt":{"call":"c"}}}}"#
    private static let checkpoint = Checkpoint(origin: "martlet/demo", size: 7, root: .empty)

    private func fixture(_ statement: ReceiptStatement?) throws -> (store: MemoryAuditStore, log: AuditLog, Fixture) {
        let (store, fixture) = (MemoryAuditStore(), try Fixture())
        let identity = LogIdentity(node: "gw-1", environment: try #require(EnvironmentName("demo")), posture: "pilot")
        let log = AuditLog(
            store: store, clock: fixture.clock, random: SeededRandom(seed: 1), identity: identity,
            sealing: PayloadVault(root: fixture.root, store: fixture.keyStore), receipts: statement)
        return (store, log, fixture)
    }

    /// The body as an answer has it whose receipt is to be completed.
    private func draft() -> ResponseDraft {
        ResponseDraft(status: 200, body: Array(Self.body.utf8), receipt: Self.body.utf8.count - 4)
    }

    private func receipt(_ response: consuming AuditedResponse) throws -> JSONValue {
        let value = try JSONValue.parse(response.draft.body)
        return try #require(value["result"]?["_meta"]?["martlet.dev/receipt"])
    }

    @Test("the receipt of an answer names its outcome record, by index and by hash, and the newest checkpoint")
    func outcome() async throws {
        let statement = ReceiptStatement(Self.checkpoint)
        let (store, log, fixture) = try fixture(statement)
        let recorded = try await log.recordIntent(
            try fixture.authorized(try Fixture.call()), context: Fixture.context())
        let intent = recorded.intent
        let answer = try await log.recordOutcome(of: intent, try Fixture.ended(), answering: draft())
        let receipt = try receipt(answer)
        #expect(receipt["call"]?.string == "c")
        #expect(receipt["index"]?.integer == 1)
        #expect(receipt["leafHash"]?.string == MerkleHash.leaf(try #require(store.leaves.last)).description)
        #expect(receipt["origin"]?.string == "martlet/demo")
        #expect(receipt["checkpoint"]?["size"]?.integer == 7)
        #expect(receipt["checkpoint"]?["root"]?.string == MerkleHash.empty.description)
    }

    @Test("a denial has a receipt too, and names the checkpoint of that moment")
    func denial() async throws {
        let statement = ReceiptStatement(Self.checkpoint)
        let (store, log, _) = try fixture(statement)
        statement.state(Checkpoint(origin: "martlet/demo", size: 8, root: .empty))
        let facts = DenialFacts(
            try Fixture.call(), stage: .grant, reason: "no_grant", context: Fixture.context())
        let receipt = try receipt(await log.recordDenial(facts, answering: draft()))
        #expect(receipt["index"]?.integer == 0 && store.leaves.count == 1)
        #expect(receipt["checkpoint"]?["size"]?.integer == 8)
    }

    @Test("a denial that could not be recorded says nothing of a record", arguments: [true, false])
    func nothing(isLost: Bool) async throws {
        let (store, log, _) = try fixture(isLost ? ReceiptStatement(Self.checkpoint) : nil)
        if isLost { store.setOutage(.failAfterWrite) }
        let facts = DenialFacts(
            try Fixture.call(), stage: .grant, reason: "no_grant", context: Fixture.context())
        let answer = await log.recordDenial(facts, answering: draft())
        let body = answer.draft.body
        #expect(String(decoding: body, as: UTF8.self) == Self.body)
    }

    @Test("an answer without a place for a receipt stays as it is")
    func plain() async throws {
        let (_, log, fixture) = try fixture(ReceiptStatement(Self.checkpoint))
        let recorded = try await log.recordIntent(
            try fixture.authorized(try Fixture.call()), context: Fixture.context())
        let intent = recorded.intent
        let answer = try await log.recordOutcome(of: intent, try Fixture.ended(), answering: Fixture.draft)
        let body = answer.draft.body
        #expect(body == Fixture.draft.body)
    }

    @Test("a record belongs to agent, person and issuer, whatever token they come with")
    func owners() async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call())
        let entry = try #require(try fixture.entries().first)
        let owner = try #require(RecordOwner(entry))
        func owns(_ principal: Principal) async -> Bool { await fixture.log.owners(principal).contains(owner) }
        #expect(await owns(try Fixture.principal(actors: [])))
        #expect(await !owns(try Fixture.principal(agent: "other")))
        #expect(await !owns(try Fixture.principal(user: "bob")))
        #expect(await !owns(try Fixture.principal(user: nil)))
        // Somebody whose name looks like the pseudonym of the owner is not the owner.
        let pseudonym = try await fixture.recorded("alice")
        #expect(entry.user == pseudonym)
        #expect(await !owns(try Fixture.principal(user: pseudonym)))
        #expect(RecordOwner(try #require(try fixture.entries().last)) == nil)
    }
}
