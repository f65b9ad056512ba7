import MartletApproval
import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import Testing

struct TimelineTests {
    @Test("an approved payment answers all five questions, each with its strength")
    func approvedPayment() async throws {
        let fixture = try Fixture()
        let request = try await fixture.approvedPayment()
        let answers = try fixture.story(2).answers(fixture.values())
        #expect(
            answers.who.text
                == "agent finance-bot, role finance_executor, on behalf of alice, through planner")
        #expect(answers.who.strength == .verified)
        #expect(answers.who.basis == "bearer token of https://issuer.test")
        #expect(answers.model.text == "claude-opus-5")
        #expect(answers.model.strength == .asserted)
        #expect(answers.arguments.text == Fixture.payment)
        #expect(answers.arguments.strength == .observed)
        #expect(answers.arguments.basis == "the values match the commitment in the record")
        #expect(
            answers.result.text == #"ok after 12.3 ms: {"content":[{"type":"text","text":"paid"}]}"#)
        #expect(answers.result.strength == .observed)
        #expect(
            answers.approval.text
                == "required; \(request.ticket) granted by olivia at 2026-11-22T19:00:30.000000Z, 14 s before, used by this call"
        )
        #expect(answers.approval.strength == .verified)
        #expect(answers.approval.basis == "record 2")
    }

    @Test("the attempt that got the ticket shows that nothing was sent, and how the ticket ended")
    func waitingAttempt() async throws {
        let fixture = try Fixture()
        let request = try await fixture.approvedPayment()
        let story = try fixture.story(1)
        let answers = story.answers(fixture.values())
        #expect(!story.wasDispatched)
        #expect(answers.result.text == "nothing was sent: approval said approval_required")
        #expect(
            answers.approval.text
                == "required; this attempt was answered with \(request.ticket), which was granted by olivia")
    }

    @Test("without the key sealed values stay sealed, and the timeline says under which key")
    func withoutKey() async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        let answers = try fixture.story(2).answers(fixture.values(withKey: false))
        #expect(answers.arguments.text == "sealed under \(fixture.keyStore.keys[0].id), which is not at hand")
        #expect(
            answers.result.text
                == "ok after 12.3 ms, content sealed under \(fixture.keyStore.keys[0].id), which is not at hand")
        let text = TimelineText(fixture.values(withKey: false)).text(.call(try fixture.story(2)))
        #expect(!text.contains("V-100"))
    }

    @Test("what nobody stated is not stated")
    func notStated() async throws {
        let fixture = try Fixture()
        let call = try Fixture.call(1, arguments: nil, model: .unknown)
        _ = try await fixture.log.recordIntent(try fixture.authorized(call), context: Fixture.context())
        let answers = try fixture.story(1).answers(fixture.values())
        #expect(answers.model.text == "not stated")
        #expect(answers.model.strength == .notStated)
        #expect(answers.arguments.text == "none")
        #expect(answers.result.strength == .notStated)
        #expect(answers.result.text == "no outcome is recorded: in flight, or lost with the gateway")
        #expect(answers.approval.text == "not required by grant grant.read_invoice")
        #expect(answers.approval.strength == .verified)
    }

    @Test("a request without a caller says so")
    func nobody() async throws {
        let fixture = try Fixture()
        let facts = DenialFacts(
            call: Fixture.id(1), stage: .protocol, reason: "parse_error", method: "tools/call", principal: nil,
            context: Fixture.context())
        _ = await fixture.log.recordDenial(facts, answering: Fixture.draft)
        let answers = try fixture.story(1).answers(fixture.values())
        #expect(answers.who.text == "nobody: the caller was not authenticated, the request came from 127.0.0.1")
        #expect(answers.who.strength == .notStated)
        #expect(answers.arguments.text == "not stated")
        #expect(answers.approval.text == "the call was refused before that question")
    }

    @Test(
        "every outcome is told in words, with what is known of it",
        arguments: [
            (CallOutcome.ok, "ok after"), (.toolError, "tool_error after"),
            (.task(.working), "task (working) after"), (.task(.completed), "task (completed) after"),
            (.protocolError(code: -32602), "protocol_error -32602 after"), (.timedOut, "timeout after"),
            (.cancelled, "cancelled after"), (.unreachable("refused"), "upstream_unreachable (refused) after"),
            (.brokenOff, "broken_off after"), (.garbage("no JSON"), "garbage (no JSON) after"),
            (.tooLarge, "too_large after"), (.unauthorized(status: 401), "upstream_unauthorized 401 after"),
            (.busy, "upstream_busy after"), (.closed, "upstream_closed after"),
        ])
    func outcomes(outcome: CallOutcome, text: String) async throws {
        let fixture = try Fixture()
        let recorded = try await fixture.log.recordIntent(
            try fixture.authorized(try Fixture.call()), context: Fixture.context())
        _ = try await fixture.log.recordOutcome(
            of: recorded.intent, try Fixture.ended(outcome), answering: Fixture.draft)
        #expect(try fixture.story(1).answers(fixture.values()).result.text.hasPrefix(text))
        let entry = try #require(try fixture.entries().last)
        #expect(entry.document.member("derived")?.member("may_have_run")?.bool == outcome.mayHaveRun)
    }

    @Test("a call in doubt is told as unknown")
    func inDoubt() async throws {
        let fixture = try Fixture()
        _ = try await fixture.log.recordIntent(try fixture.authorized(try Fixture.call()), context: Fixture.context())
        _ = try await fixture.log.resolve(try fixture.scan())
        let result = try fixture.story(1).answers(fixture.values()).result
        #expect(result.text == "unknown, the call may have run: no_outcome_before_restart")
        #expect(result.strength == .notStated)
    }

    @Test(
        "an approval that no fitting record grants is only the intent's own word",
        arguments: [
            ("approval.granted", "approval.denied"), (#""binding":"sha256:"#, #""binding":"sha256:f"#),
            (#""approver":"olivia""#, #""approver":"oscar""#), (#""v":1"#, #""v":2"#),
        ])
    func missingApproval(old: String, new: String) async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        var filter = TimelineFilter()
        filter.call = Fixture.id(2)
        var timeline = Timeline(for: filter)
        for (index, leaf) in try await fixture.leavesInClear().enumerated() {
            timeline.take(index == 2 ? edited(leaf, old, new) : leaf, at: UInt64(index))
        }
        let stories = timeline.items().compactMap(\.story)
        let story = try #require(stories.first)
        let approval = story.answers(fixture.values()).approval
        #expect(approval.strength == .notStated)
        #expect(approval.text.hasSuffix("the record of that approval is not among those read"))
    }

    @Test("sealed values that are gone or changed are told as such")
    func damagedValues() async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call())
        let gone = SealedValues(keys: fixture.keys(fixture.root)) { _ in nil }
        #expect(
            try fixture.story(1).answers(gone).arguments.text == "committed to, but the sealed values are not stored")
        let changed = SealedValues(keys: fixture.keys(fixture.root)) { _ in [UInt8](repeating: 1, count: 64) }
        #expect(
            try fixture.story(1).answers(changed).arguments.text
                == "the stored values are not what the record commits to")
        #expect(try fixture.story(1).answers(changed).arguments.strength == .notStated)
    }

    @Test("unreadable leaves are kept apart, and do not hide the others")
    func unreadable() async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call())
        var timeline = fixture.timeline
        timeline.take(Array("junk\u{1B}".utf8), at: 2)
        #expect(timeline.unreadable.map(\.index) == [2])
        #expect(timeline.items().count == 1)
        let error = try #require(timeline.unreadable.first)
        #expect(TimelineText(fixture.values()).text(error).hasPrefix("#2  unreadable: "))
        #expect(String(decoding: TimelineJSON(fixture.values()).line(error), as: UTF8.self).contains("unreadable"))
    }
}

extension Timeline.Item {
    var story: CallStory? {
        guard case .call(let story) = self else { return nil }
        return story
    }

    var isCall: Bool { story != nil }
}
