import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import Testing

struct SizeTests {
    private static let long = String(repeating: "\u{1}", count: 100_000)

    @Test("whatever a caller chooses, its record fits: 100,000 control characters in every text it can set")
    func hostileTexts() async throws {
        let fixture = try Fixture()
        let actors = (0..<200).map { String(repeating: "a", count: 250) + "\($0)" }
        let principal = try Fixture.principal(actors: actors)
        let model = ModelAttribution(assurance: .asserted, name: Self.long, source: Self.long)
        let context = CallContext(
            sourceAddress: Self.long, protocolVersion: Self.long, transport: Self.long, clientName: Self.long,
            clientVersion: Self.long, traceparent: Self.long)
        let call = try Fixture.call(model: model, by: principal)
        let recorded = try await fixture.log.recordIntent(try fixture.authorized(call), context: context)
        _ = try await fixture.log.recordOutcome(
            of: recorded.intent, try Fixture.ended(.garbage(Self.long)), answering: Fixture.draft)
        var denial = DenialFacts(call, stage: .grant, reason: Self.long, approval: Self.long, context: context)
        denial.tool = Self.long
        denial.method = Self.long
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)
        let failure = AuthenticationFailureFacts(
            reason: Self.long, source: Self.long, route: Self.long, method: Self.long)
        _ = await fixture.log.recordAuthenticationFailure(failure, answering: Fixture.draft)
        #expect(fixture.store.leaves.count == 4)
        for leaf in fixture.store.leaves { #expect(leaf.count <= AuditEntry.maximumLeafBytes) }
        #expect(try fixture.entries().first?.document.member("verified")?.member("actors_omitted")?.integer == 184)
    }

    @Test("a text is cut at a character, and shows that it was cut", arguments: ["\u{E9}", "\u{1F600}", "a"])
    func cut(character: String) async throws {
        let fixture = try Fixture()
        var context = Fixture.context()
        context.clientName = String(repeating: character, count: 300)
        let facts = DenialFacts(try Fixture.call(), stage: .grant, reason: "no_grant", context: context)
        _ = await fixture.log.recordDenial(facts, answering: Fixture.draft)
        let entry = try #require(try fixture.entries().first)
        let name = try #require(entry.document.member("asserted")?.member("client")?.member("name")?.string)
        #expect(name.utf8.count <= 256)
        #expect(name.utf8.count > 250)
        #expect(name.hasSuffix("\u{2026}"))
        #expect(!name.unicodeScalars.contains("\u{FFFD}"))
    }

    @Test("256 bytes are kept whole, 257 are cut", arguments: [(256, 256), (257, 256)])
    func limit(count: Int, kept: Int) async throws {
        let fixture = try Fixture()
        var context = Fixture.context()
        context.clientName = String(repeating: "a", count: count)
        let facts = DenialFacts(try Fixture.call(), stage: .grant, reason: "no_grant", context: context)
        _ = await fixture.log.recordDenial(facts, answering: Fixture.draft)
        let entry = try #require(try fixture.entries().first)
        let name = try #require(entry.document.member("asserted")?.member("client")?.member("name")?.string)
        #expect(name.utf8.count == kept)
        #expect(name.hasSuffix("\u{2026}") == (count > 256))
    }

    @Test(
        "a value up to 1 MiB is kept whole; of a longer one the start, the length and the digest",
        arguments: [
            (0, false), (1, true),
        ])
    func largeValues(extra: Int, isTruncated: Bool) async throws {
        let fixture = try Fixture()
        let text = "{\"a\":\"" + String(repeating: "x", count: (1 << 20) - 8 + extra) + "\"}"
        try await fixture.complete(try Fixture.call(arguments: text), result: text)
        for entry in try fixture.entries() {
            let payload = try #require(fixture.store.entries[Int(entry.index)].payload)
            #expect(payload.count < (1 << 20) + 1024)
            guard case .opened(let values) = fixture.keys(fixture.root).values(of: entry, payload: payload) else {
                Issue.record("record \(entry.index) did not open")
                continue
            }
            let value = try #require(values.member("args") ?? values.member("result"))
            #expect((value.member("truncated")?.bool == true) == isTruncated)
            guard isTruncated else { continue }
            #expect(value.member("bytes")?.integer == Int64(text.utf8.count))
            #expect(value.member("digest")?.string == Digest(of: Array(text.utf8)).description)
            #expect(value.member("start")?.string.map { text.hasPrefix($0) } == true)
        }
        let answers = try fixture.story(1).answers(fixture.values())
        #expect(answers.arguments.text.contains("truncated") == isTruncated)
    }
}
