import MartletCore
import MartletJSON
import MartletTesting
import Testing

@testable import MartletAudit

/// What is never kept, and how a record says that something is missing.
struct RedactionTests {
    private static let arguments = #"{"amount":250.00,"card":"4111 1111 1111 1111","iban":"DE89"}"#

    private static func log(_ fixture: Fixture) throws -> AuditLog {
        let rule = RedactionRule(
            upstream: try Fixture.upstream(), tool: nil, arguments: ["/iban"].compactMap(RedactionPath.init),
            results: ["/secret"].compactMap(RedactionPath.init))
        return AuditLog(
            store: fixture.store, clock: fixture.clock, random: SeededRandom(seed: 1),
            identity: LogIdentity(node: "gw-1", environment: try #require(EnvironmentName("demo")), posture: "pilot"),
            sealing: fixture.vault, redacting: Redactor([rule]))
    }

    private static func opened(_ fixture: Fixture, _ index: Int) throws -> (TimelineEntry, JSONValue) {
        let entry = try fixture.entries()[index]
        guard
            case .opened(let values) = fixture.keys(fixture.root).values(
                of: entry, payload: fixture.store.entries[index].payload)
        else { throw Fixture.Refused() }
        return (entry, values)
    }

    private static func marks(_ entry: TimelineEntry) -> [String] {
        entry.document.member("derived")?.member("redactions")?.elements.map {
            "\($0.member("path")?.string ?? "") \($0.member("rule")?.string ?? "")"
        } ?? []
    }

    @Test("intent, outcome and denial keep the arguments and the result without it, and name place and rule")
    func records() async throws {
        let fixture = try Fixture()
        let log = try Self.log(fixture)
        let call = try Fixture.call(1, arguments: Self.arguments)
        let recorded = try await log.recordIntent(try fixture.authorized(call), context: Fixture.context())
        _ = try await log.recordOutcome(
            of: recorded.intent, try Fixture.ended(result: #"{"secret":{"a":1},"note":"Bearer abcdef0123456789xyz"}"#),
            answering: Fixture.draft)
        _ = await log.recordDenial(
            DenialFacts(call, stage: .grant, reason: "no_grant", context: Fixture.context()), answering: Fixture.draft)
        for index in [0, 2] {
            let (entry, values) = try Self.opened(fixture, index)
            #expect(
                values.member("args")?.serialized()
                    == Array(#"{"amount":250.00,"card":"[redacted:card_number]","iban":"[redacted:configured]"}"#.utf8))
            #expect(Self.marks(entry) == ["/args/card card_number", "/args/iban configured"])
            // What approvals bind to is what is sent.
            #expect(values.member("digests")?.member("args")?.string == call.argumentDigest.description)
        }
        let (outcome, values) = try Self.opened(fixture, 1)
        #expect(
            values.member("result")?.serialized()
                == Array(#"{"secret":"[redacted:configured]","note":"Bearer [redacted:authorization]"}"#.utf8))
        #expect(Self.marks(outcome) == ["/result/secret configured", "/result/note authorization"])
        for leaf in fixture.store.leaves { #expect(!String(decoding: leaf, as: UTF8.self).contains("4111")) }
        #expect(recorded.call.arguments?.member("iban")?.string == "DE89", "the call itself is not changed")
    }

    @Test("the story says that places are redacted in place of a digest that cannot match")
    func story() async throws {
        let fixture = try Fixture()
        let log = try Self.log(fixture)
        let call = try Fixture.call(1, arguments: Self.arguments)
        _ = try await log.recordIntent(try fixture.authorized(call), context: Fixture.context())
        let answers = try fixture.story(1).answers(fixture.values())
        #expect(answers.arguments.basis == "the values match the commitment in the record, 2 places redacted")
    }

    @Test("at most 16 places are named, the rest is counted")
    func many() async throws {
        let fixture = try Fixture()
        let cards = (0..<20).map { #""c\#($0)":"4111111111111111""# }.joined(separator: ",")
        let denial = DenialFacts(
            try Fixture.call(1, arguments: "{\(cards)}"), stage: .grant, reason: "no_grant", context: Fixture.context())
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)
        let entry = try #require(try fixture.entries().first)
        #expect(Self.marks(entry).count == 16)
        #expect(entry.integer("derived", "redactions_omitted") == 4)
    }

    @Test("a token in the address of a resource does not stand in the leaf")
    func resource() async throws {
        let fixture = try Fixture()
        var denial = DenialFacts(try Fixture.call(1), stage: .grant, reason: "no_grant", context: Fixture.context())
        denial.subject = nil
        denial.tool = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)
        #expect(try fixture.entries().first?.tool == "[redacted:github_token]")
    }
}
