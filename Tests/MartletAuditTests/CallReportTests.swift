import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import Testing

/// What a report of one call says, and what it says when something is not known.
struct CallReportTests {
    private static func report(
        _ fixture: Fixture, _ call: UInt64, keys: ReadingKeys = .none, _ around: CallReport.Surroundings = .init()
    ) throws -> CallReport {
        let records = fixture.store.entries
        var filter = TimelineFilter()
        filter.call = Fixture.id(call)
        var timeline = Timeline(for: filter)
        for (index, entry) in records.enumerated() { timeline.take(entry.leaf, at: UInt64(index)) }
        let values = SealedValues(keys: keys) { records[Int($0)].payload }
        for item in timeline.items() {
            if case .call(let story) = item { return CallReport(story, around, values) }
        }
        throw Fixture.Refused()
    }

    private static func fact(_ report: CallReport, _ name: String) throws -> Answer {
        try #require(report.facts.first { $0.name == name }).answer
    }

    @Test("each of the five questions has words for what is not known")
    func notKnown() async throws {
        let fixture = try Fixture()
        _ = try await fixture.log.recordIntent(
            try fixture.authorized(try Fixture.call(1, model: .unknown)), context: Fixture.context())
        let denial = DenialFacts(
            call: Fixture.id(2), stage: .authentication, reason: "malformed", method: "tools/call", principal: nil,
            context: Fixture.context())
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)

        let open = try Self.report(fixture, 1)
        #expect(try Self.fact(open, "model").text == "not known: neither the token nor the client named a model")
        #expect(try Self.fact(open, "result").text == "no outcome is recorded: in flight, or lost with the gateway")
        #expect(try Self.fact(open, "arguments").text.hasSuffix("which is not at hand"))
        #expect(try Self.fact(open, "result").strength == .notStated && open.opened.isEmpty)
        let refused = try Self.report(fixture, 2)
        #expect(try Self.fact(refused, "who").text.hasPrefix("nobody: the caller was not authenticated"))
        #expect(try Self.fact(refused, "credential").text == "not known: the request had no valid credential")
        #expect(try Self.fact(refused, "tool").text == "not known: the request was refused before it was read")
        #expect(try Self.fact(refused, "approval").text == "the call was refused before that question")
        for name in ["who", "credential", "model", "tool", "arguments", "approval"] {
            #expect(try Self.fact(refused, name).strength == .notStated, "\(name)")
        }
        #expect(!refused.text().contains("[not stated"))
    }

    @Test("a used approval is compared with the call, and only when both can be read")
    func compared() async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        var around = CallReport.Surroundings()
        around.approved = try fixture.entries().first { $0.type == .approvalRequested }
        around.isUsed = true
        let report = try Self.report(fixture, 2, keys: fixture.keys(fixture.root), around)
        let same = try Self.fact(report, "compared")
        #expect(same.text == "what was approved and what was tried are the same arguments" && same.strength == .derived)
        #expect(report.diff?.isEqual == true && report.opened.count == 3)
        let sealed = try Self.fact(try Self.report(fixture, 2, around), "compared")
        #expect(sealed.text.hasPrefix("not known: ") && sealed.strength == .notStated)
    }

    @Test("a credential that was revoked says when, before or after the call", arguments: [true, false])
    func revoked(before: Bool) async throws {
        let fixture = try Fixture()
        let event = GatewayEvent.credentialRevoked(
            CredentialEvent(subject: nil, tokenID: "jti-1", digest: nil, audience: nil, expires: nil), reason: "stolen")
        if before { _ = try await fixture.log.recordEvent(event) }
        try await fixture.complete(try Fixture.call(1))
        if !before { _ = try await fixture.log.recordEvent(event) }
        var around = CallReport.Surroundings()
        around.revocations = try fixture.entries().filter { $0.type == .credentialRevoked }
        let text = try Self.fact(try Self.report(fixture, 1, around), "credential").text
        #expect(text.contains("revoked \(before ? "before" : "after") this call"))
    }

    @Test(
        "differences are named by their place",
        arguments: [
            (#"{"a":1}"#, #"{"a":1}"#, ""), (#"{"a":1}"#, #"{"a":1.0}"#, ""),
            (#"{"a":1}"#, #"{"a":"1"}"#, #"/a 1 "1""#),
            (#"{"a":1,"b":2}"#, #"{"b":2,"c":3}"#, "/a 1 -;/c - 3"),
            (#"{"a":[1,2]}"#, #"{"a":[1,3,4]}"#, "/a/1 2 3;/a/2 - 4"),
            (#"{"a":{"b":"x"}}"#, #"{"a":{"b":"y"}}"#, #"/a/b "x" "y""#), (#"{"a":{}}"#, #"{"a":[]}"#, "/a {} []"),
            (#"{"x/y":1,"~":1}"#, #"{"x/y":2,"~":2}"#, "/x~1y 1 2;/~0 1 2"), ("[]", "{}", " [] {}"),
        ])
    func differences(approved: String, tried: String, expected: String) throws {
        let diff = ArgumentDiff(
            approved: try JSONValue.parse(Array(approved.utf8)), tried: try JSONValue.parse(Array(tried.utf8)))
        let text = diff.changes.map { "\($0.path) \($0.approved ?? "-") \($0.tried ?? "-")" }.joined(separator: ";")
        #expect(text == expected && diff.isEqual == expected.isEmpty)
    }

    @Test("no more differences are kept than the limit, and the rest is counted")
    func limit() throws {
        let (left, right) = (try JSONValue.parse(Array("[1,2,3,4]".utf8)), try JSONValue.parse(Array("[]".utf8)))
        let diff = ArgumentDiff(approved: left, tried: right, limit: 3)
        #expect(diff.changes.count == 3 && diff.omitted == 1 && !diff.isEqual)
    }
}
