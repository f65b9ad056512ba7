import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import Testing

struct DenialTests {
    @Test(
        "a denial of each stage names stage and reason, and is durable before the answer",
        arguments: DenialStage.allCases)
    func stages(stage: DenialStage) async throws {
        let fixture = try Fixture()
        let facts = DenialFacts(
            try Fixture.call(), stage: stage, reason: "some_reason", grant: "grant.x", policyDigest: Digest(of: [9]),
            context: Fixture.context())
        let response = await fixture.log.recordDenial(facts, answering: Fixture.draft)
        #expect(response.draft.body == Fixture.draft.body)
        let entry = try #require(try fixture.entries().first)
        #expect(entry.type == .callDenied)
        #expect(entry.stage == stage.rawValue)
        #expect(entry.reason == "some_reason")
        #expect(entry.decision == "deny")
        #expect(entry.call == Fixture.id(1))
    }

    @Test("stages have the wire names of the record format")
    func wireNames() {
        #expect(
            DenialStage.allCases.map(\.rawValue) == [
                "listener", "authn", "protocol", "grant", "policy", "args", "approval", "quota", "drift", "audit",
            ])
    }

    @Test(
        "only a call that waits for a person is recorded as approval required",
        arguments: [
            (DenialStage.approval, "approval_required", "approval_required"),
            (.approval, "approval_denied", "deny"), (.arguments, "approval_required", "deny"),
        ])
    func decisions(stage: DenialStage, reason: String, decision: String) async throws {
        let fixture = try Fixture()
        let facts = DenialFacts(try Fixture.call(), stage: stage, reason: reason, context: Fixture.context())
        _ = await fixture.log.recordDenial(facts, answering: Fixture.draft)
        #expect(try fixture.entries().first?.decision == decision)
    }

    @Test("a request that was never authenticated has no verified group")
    func anonymous() async throws {
        let fixture = try Fixture()
        let facts = DenialFacts(
            call: Fixture.id(1), stage: .protocol, reason: "parse_error", method: "tools/call", principal: nil,
            tool: "\u{1B}[2Jevil", context: Fixture.context())
        _ = await fixture.log.recordDenial(facts, answering: Fixture.draft)
        let entry = try #require(try fixture.entries().first)
        #expect(entry.document.member("verified") == nil)
        #expect(entry.agent == nil)
        #expect(entry.tool == "\u{1B}[2Jevil", "what the caller wrote is kept as it was")
    }

    @Test(
        "the model stands in the group its assurance belongs to",
        arguments: [
            (ModelAttribution.Assurance.unknown, nil), (.asserted, "asserted"), (.registered, "verified"),
            (.observed, "observed"), (.attested, "verified"),
        ])
    func modelGroups(assurance: ModelAttribution.Assurance, group: String?) async throws {
        let fixture = try Fixture()
        let model = ModelAttribution(assurance: assurance, name: "m-1", source: "somewhere")
        try await fixture.complete(try Fixture.call(model: model))
        let denied = DenialFacts(
            try Fixture.call(2, model: model), stage: .grant, reason: "no_grant", context: Fixture.context())
        _ = await fixture.log.recordDenial(denied, answering: Fixture.draft)
        for entry in try fixture.entries() where entry.type != .callOutcome {
            let groups = ["verified", "asserted", "observed", "derived"].filter {
                entry.document[$0]?.member("model") != nil
            }
            #expect(groups == [group].compactMap { $0 })
        }
    }
}
