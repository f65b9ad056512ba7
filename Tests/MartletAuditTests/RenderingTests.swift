import MartletAudit
import MartletCore
import MartletJSON
import MartletPolicy
import MartletTesting
import Testing

struct RenderingTests {
    /// A call whose every text tries to command the terminal.
    private func hostile() async throws -> Fixture {
        let fixture = try Fixture()
        let evil = "\u{1B}[2J\u{9B}31m\u{202E}gpj.exe\u{2066}\u{200B}\u{E0041}\u{7F}\r\n"
        let arguments = "{\"memo\":\"\\u001b[2J\u{9B}31m\u{202E}\u{2028}\u{7F}\u{E0041}\",\"\u{202E}key\":1}"
        let model = ModelAttribution(assurance: .asserted, name: evil, source: evil)
        var context = Fixture.context()
        context.clientName = evil
        let call = try Fixture.call(1, arguments: arguments, model: model)
        let recorded = try await fixture.log.recordIntent(try fixture.authorized(call), context: context)
        _ = try await fixture.log.recordOutcome(
            of: recorded.intent, try Fixture.ended(.garbage(evil), result: arguments), answering: Fixture.draft)
        var denial = DenialFacts(call, stage: .grant, reason: evil, context: context)
        denial.call = Fixture.id(2)
        denial.tool = evil
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)
        await fixture.log.note(.upstreamRestarted(try Fixture.upstream(), reason: evil))
        return fixture
    }

    private func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control: scalar == "\n"
        case .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    @Test("nothing a stranger wrote reaches the terminal as a control or format character")
    func text() async throws {
        let fixture = try await hostile()
        let writer = TimelineText(fixture.values())
        let items = fixture.timeline.items()
        #expect(items.count == 3)
        for item in items {
            let text = writer.text(item)
            #expect(text.unicodeScalars.allSatisfy(isHarmless))
            #expect(text.split(separator: "\n").count == (item.isCall ? 6 : 1), "no line is forged")
            #expect(text.contains("\\u{202e}"))
        }
    }

    @Test("the JSON form escapes the same characters and still has the same values")
    func json() async throws {
        let fixture = try await hostile()
        let writer = TimelineJSON(fixture.values())
        for item in fixture.timeline.items() {
            let line = writer.line(item)
            #expect(String(decoding: line, as: UTF8.self).unicodeScalars.allSatisfy { isHarmless($0) && $0 != "\n" })
            let parsed = try JSONValue.parse(line)
            let records = try #require(parsed.member("records"))
            for record in records.elements {
                let index = try #require(record.member("index")?.integer)
                let original = try JSONValue.parse(fixture.store.leaves[Int(index)])
                #expect(try record.member("leaf")?.canonical() == original.canonical())
            }
        }
    }

    @Test("the text of a call reads as one paragraph")
    func paragraph() async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(), result: #"{"content":[]}"#)
        let item = try #require(fixture.timeline.items().first)
        let policy = try Fixture.engine().digest
        let expected = """
            #0  2026-11-22T19:00:00.000000Z  permit  erp/read_invoice  call \(Fixture.id(1))
                who        agent finance-bot, role finance_executor, on behalf of alice, through planner  \
            [verified: bearer token of https://issuer.test]
                model      claude-opus-5  [asserted: _meta["io.modelcontextprotocol/aiInvocation"].model]
                arguments  \(Fixture.payment)  [observed: the values match the commitment in the record]
                result     ok after 12.3 ms: {"content":[]}  [observed: record 1]
                approval   not required by grant grant.read_invoice  [verified: policy \(policy)]

            """
        #expect(TimelineText(fixture.values()).text(item) == expected)
    }

    @Test("an event is one line with its facts")
    func event() async throws {
        let fixture = try Fixture()
        await fixture.log.note(.upstreamRestarted(try Fixture.upstream(), reason: "exit 1"))
        let item = try #require(fixture.timeline.items().first)
        #expect(
            TimelineText(fixture.values()).text(item)
                == "#0  2026-11-22T19:00:00.000000Z  upstream.restarted  upstream=erp  reason=exit 1\n")
    }

    @Test("the JSON of a call has the five answers with their strengths, the records, and what was opened")
    func answers() async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        let item = Timeline.Item.call(try fixture.story(2))
        let parsed = try JSONValue.parse(TimelineJSON(fixture.values()).line(item))
        #expect(parsed.member("kind")?.string == "call")
        #expect(parsed.member("dispatched")?.bool == true)
        let answers = try #require(parsed.member("answers"))
        let strengths = answers.members.map { "\($0.key) \($0.value.member("strength")?.string ?? "?")" }
        #expect(
            strengths == [
                "who verified", "model asserted", "arguments observed", "result observed", "approval verified",
            ])
        let records = try #require(parsed.member("records")).elements.compactMap { $0.member("index")?.integer }
        #expect(records == [0, 2, 3, 4])
        let opened = parsed.member("records")?.elements.compactMap { $0.member("opened")?.member("args") }
        #expect(opened?.count == 2)
        let sealed = try JSONValue.parse(TimelineJSON(fixture.values(withKey: false)).line(item))
        #expect(sealed.member("records")?.elements.contains { $0.member("opened") != nil } == false)
    }

    @Test("a long answer is cut in the text")
    func long() async throws {
        let fixture = try Fixture()
        let arguments = "{\"a\":\"" + String(repeating: "x", count: 10_000) + "\"}"
        try await fixture.complete(try Fixture.call(arguments: arguments))
        let item = try #require(fixture.timeline.items().first)
        #expect(TimelineText(fixture.values(), width: 100).text(item).utf8.count < 1200)
    }
}
