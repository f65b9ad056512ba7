import MartletMCP
import Testing

@Suite("The method table")
struct MethodTableTests {
    /// name, modern, legacy, what it needs, what is recorded
    typealias Row = (String, Bool, Bool, MethodEntry.Authorization, MethodEntry.Record)

    static let rows: [Row] = [
        ("tools/call", true, true, .grant, .intentAndOutcome), ("prompts/get", true, true, .grant, .intentAndOutcome),
        ("resources/read", true, true, .grant, .intentAndOutcome),
        ("completion/complete", true, true, .grant, .intentAndOutcome),
        ("resources/subscribe", false, true, .grant, .intentAndOutcome),
        ("resources/unsubscribe", false, true, .grant, .intentAndOutcome),
        ("tools/list", true, true, .grantOfEachItem, .list), ("prompts/list", true, true, .grantOfEachItem, .list),
        ("resources/list", true, true, .grantOfEachItem, .list),
        ("resources/templates/list", true, true, .grantOfEachItem, .list),
        ("server/discover", true, false, .token, .nothing), ("initialize", false, true, .token, .session),
        ("ping", false, true, .token, .nothing), ("logging/setLevel", false, true, .token, .nothing),
        ("notifications/initialized", false, true, .token, .nothing),
        ("notifications/roots/list_changed", false, true, .token, .nothing),
        ("notifications/cancelled", true, true, .token, .nothing),
        ("notifications/progress", true, true, .token, .nothing),
        ("subscriptions/listen", true, false, .grantOfEachItem, .stream),
        ("tasks/get", true, false, .grant, .intentAndOutcome), ("tasks/update", true, false, .grant, .intentAndOutcome),
        ("tasks/cancel", true, false, .grant, .intentAndOutcome),
    ]

    @Test("each method has one entry, and this is all of them")
    func whole() {
        #expect(Set(Method.allCases.map(\.rawValue)) == Set(Self.rows.map(\.0)))
        #expect(Method.allCases.count == Self.rows.count)
    }

    @Test("an entry says eras, authorization and record", arguments: rows)
    func entry(row: Row) throws {
        let method = try #require(Method(rawValue: row.0))
        #expect(method.exists(in: .modern) == row.1)
        #expect(method.exists(in: .legacy) == row.2)
        #expect(method.entry.authorization == row.3)
        #expect(method.entry.record == row.4)
        #expect(method.isNotification == row.0.hasPrefix("notifications/"))
    }

    @Test("only a grant lets something out that is not recorded beforehand as an intent")
    func recorded() {
        for method in Method.allCases {
            #expect((method.entry.authorization == .grant) == (method.entry.record == .intentAndOutcome))
        }
    }
}
