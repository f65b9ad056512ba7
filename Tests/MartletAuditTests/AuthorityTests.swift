import MartletAudit
import MartletCore
import MartletJSON
import Testing

/// What a start says of who may do what.
struct AuthorityTests {
    private static func items(_ count: Int) -> [AuthorityItem] {
        (0..<count).map { number in
            var grant = GrantStatement(
                id: "g-\(number)", role: "finance_executor", upstream: "erp", subject: "issue_payment",
                expires: UnixTime(seconds: 1_900_000_000))
            // Longer than any configuration has them: texts and lists are bounded.
            grant.scope = (0..<40).map { "\($0)" + String(repeating: "s", count: 2000) }
            grant.approvers = (0..<40).map { "\($0)" + String(repeating: "a", count: 2000) }
            return .grant(grant)
        }
    }

    private static func recorded(_ items: [AuthorityItem]) async throws -> [TimelineEntry] {
        let fixture = try Fixture()
        for part in AuthorityPart.parts(of: items) { _ = try await fixture.log.recordEvent(.grantsInForce(part)) }
        return try fixture.entries()
    }

    @Test("a statement is divided so that each part is a leaf, and nothing is lost", arguments: [0, 1, 4, 5, 60])
    func parts(count: Int) async throws {
        let entries = try await Self.recorded(Self.items(count))
        var ids: [String] = []
        for entry in entries {
            guard let items = entry.document.member("derived")?.member("items")?.elements else { continue }
            ids += items.compactMap { $0.member("id")?.string }
        }
        #expect(ids == (0..<count).map { "g-\($0)" })
        #expect(entries.allSatisfy { $0.leaf.count <= AuditEntry.maximumLeafBytes })
        let numbers = entries.compactMap { $0.document.member("derived")?.member("part")?.integer }
        #expect(numbers == (1...Int64(entries.count)).map { $0 } && entries.count > count / 8)
        #expect(Set(entries.compactMap { $0.text("derived", "set") }).count == 1)
    }

    @Test("the digest of the whole is another one when anything is")
    func digest() async throws {
        let one = try #require(try await Self.recorded([.policy("a"), .policy("b")]).first)
        let other = try #require(try await Self.recorded([.policy("a"), .policy("c")]).first)
        #expect(one.text("derived", "set") != other.text("derived", "set"))
    }
}
