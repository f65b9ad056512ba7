import MartletAudit
import MartletCore
import MartletJSON
import MartletTransparency
import Testing

/// Sums over records, and who could do what: pure, from rows and statements.
struct BlastRadiusTests {
    private static func row(
        _ index: UInt64, _ type: RecordType, status: String? = nil, intent: UInt64? = nil,
        tool: String = "issue_payment"
    ) -> IndexRow {
        var texts: IndexTexts = [
            .type: type.rawValue, .agent: "finance-bot", .upstream: "erp", .tool: tool, .source: "10.0.0.1",
        ]
        texts[.status] = status
        return IndexRow(
            index: index, time: UnixTime(seconds: Int64(index)), texts: texts, latency: nil, intent: intent,
            hash: .empty)
    }

    @Test("calls are counted by what became of them, also those of which nothing is known")
    func counts() throws {
        var radius = BlastRadius()
        #expect(radius.isEmpty)
        radius.take(revocation: Self.row(5, .credentialRevoked))
        radius.take(Self.row(1, .callIntent), mayHaveRun: false)
        radius.take(Self.row(2, .callIntent), mayHaveRun: false)
        radius.take(Self.row(3, .callOutcome, status: "ok", intent: 1), mayHaveRun: true)
        radius.take(Self.row(4, .callDenied, status: "no_grant"), mayHaveRun: false)
        radius.take(Self.row(6, .callIntent, tool: "get"), mayHaveRun: false)
        radius.take(Self.row(7, .callInDoubt, status: "x", intent: 6, tool: "get"), mayHaveRun: true)
        radius.take(Self.row(8, .callDenied, status: "no_grant"), mayHaveRun: false)
        radius.take(failedLogins: 3, reason: "revoked")
        let payment = try #require(radius.targets["erp/issue_payment"])
        #expect((payment.permitted, payment.mayHaveRun, payment.inDoubt) == (2, 1, 0))
        #expect(payment.refused == ["no_grant": 2] && payment.outcomes == ["ok": 1])
        #expect(radius.targets["erp/get"]?.inDoubt == 1 && radius.withoutOutcome == ["erp/issue_payment": 1])
        #expect(radius.afterRevocation == (permitted: 1, refused: 1) && radius.count == 7)
        let text = radius.text("agent=finance-bot")
        #expect(text.contains("not known how 1 ended: no outcome is recorded"))
        #expect(text.contains("not known: no token named one") && text.contains("3 refused logins"))
        let json = try JSONValue.parse(radius.json("agent=finance-bot"))
        #expect(json.member("targets")?["erp/get"]?.member("in_doubt")?.integer == 1)
    }

    @Test("amounts are added exactly, by currency, and what cannot be read is counted")
    func amounts() {
        var sum = AmountSum()
        for text in ["0.1", "0.2", "250.00", "-0.3"] { sum.add(Decimal(text), "EUR") }
        sum.add(Decimal("3"), "USD")
        sum.add(Decimal("7"), nil)
        sum.add(nil, "EUR")
        #expect(sum.text == "250 EUR, 3 USD, 7 no currency" && sum.count == 6 && sum.unread == 1)
        sum.add(Decimal("0.000000000000000001"), "USD")
        #expect(sum.text == "250 EUR, 3.000000000000000001 USD, 7 no currency")
    }

    private static func statement() -> [AuthorityItem] {
        var grant = GrantStatement(
            id: "g-1", role: "finance", upstream: "erp", subject: "issue_payment",
            expires: UnixTime(seconds: 1_900_000_000))
        grant.amount = "/amount"
        grant.currency = "/currency"
        grant.approvers = ["olivia"]
        let other = GrantStatement(
            id: "g-2", role: "finance", upstream: "crm", subject: "resources below crm://a/",
            expires: UnixTime(seconds: 1_900_000_000))
        return [
            .grant(grant), .grant(other), .agent(id: "finance-bot", role: "finance", issuer: "built_in"),
            .agent(id: "ops-bot", role: "operations", issuer: "built_in"),
            .issuer("https://issuer.test", roleClaim: "role"), .policy("no-weekends"),
        ]
    }

    private static func recorded(_ statements: [[AuthorityItem]]) async throws -> [TimelineEntry] {
        let fixture = try Fixture()
        for items in statements {
            for part in AuthorityPart.parts(of: items) { _ = try await fixture.log.recordEvent(.grantsInForce(part)) }
        }
        return try fixture.entries()
    }

    @Test("who could is answered by role, end and revocation, and says what it cannot know")
    func whoCould() async throws {
        let state = try #require(AuthorityState(newestOf: try await Self.recorded([Self.statement()])))
        let now = UnixTime(seconds: 1_800_000_000)
        let answer = state.answer(tool: "issue_payment", upstream: nil, at: now, revoked: [])
        #expect(
            answer.could.map(\.agent) == ["finance-bot", "anybody whose token of https://issuer.test has role finance"])
        #expect(answer.could.allSatisfy { $0.approvers == ["olivia"] } && answer.excluded.isEmpty)
        #expect(answer.text.contains("not known: what the hand-written policies no-weekends add or forbid"))
        #expect(state.answer(tool: "issue_payment", upstream: "crm", at: now, revoked: []).could.isEmpty)
        #expect(!state.answer(tool: "resource crm://a/b", upstream: nil, at: now, revoked: []).could.isEmpty)
        #expect(state.answer(tool: "resource crm://b", upstream: nil, at: now, revoked: []).could.isEmpty)
        let late = state.answer(
            tool: "issue_payment", upstream: nil, at: UnixTime(seconds: 1_900_000_000), revoked: [])
        #expect(late.could.isEmpty && late.excluded.count == 1 && late.text.contains("nobody"))
        #expect(state.amount(of: "issue_payment", on: "erp") != nil && state.amount(of: "other", on: "erp") == nil)

        let fixture = try Fixture()
        let event = CredentialEvent(subject: try Fixture.subject("finance-bot"))
        _ = try await fixture.log.recordEvent(.credentialRevoked(event, reason: "lost"))
        let revoked = state.answer(
            tool: "issue_payment", upstream: nil, at: now, revoked: try fixture.entries().flatMap(Withdrawal.told))
        #expect(revoked.could.count == 1 && revoked.excluded.first?.contains("finance-bot was revoked") == true)
    }

    @Test("only a whole statement counts: one that a crash cut short let nobody do anything")
    func whole() async throws {
        let long = (0..<2000).map { AuthorityItem.policy("policy-\($0)-" + String(repeating: "x", count: 100)) }
        let entries = try await Self.recorded([[.policy("first")], long])
        #expect(entries.count > 4)
        #expect(AuthorityState(newestOf: entries)?.policies.count == 2000)
        #expect(AuthorityState(newestOf: Array(entries.dropLast()))?.policies == ["first"])
        #expect(AuthorityState(newestOf: Array(entries.dropFirst().dropLast())) == nil)
        var without = entries
        without.remove(at: 2)
        #expect(AuthorityState(newestOf: without)?.policies == ["first"])
        #expect(AuthorityState(newestOf: []) == nil)
    }
}
