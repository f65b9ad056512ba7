import MartletCore
import Testing

@testable import MartletConfiguration

@Suite("a shard period")
struct ShardPeriodTests {
    @Test(
        "is over in the first moment of the next one, in UTC, and never before",
        arguments: [
            (ShardPeriod.month, "2026-01-31T23:59:59.999999Z", "2026-02-01T00:00:00Z", true),
            (.month, "2026-01-01T00:00:00Z", "2026-01-31T23:59:59Z", false),
            (.quarter, "2026-03-31T23:59:59Z", "2026-04-01T00:00:00Z", true),
            (.quarter, "2026-01-01T00:00:00Z", "2026-03-31T23:59:59Z", false),
            (.year, "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", true),
            (.year, "2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z", false),
            (.month, "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z", true),
            // A clock that was put back closes nothing.
            (.month, "2026-02-01T00:00:00Z", "2026-01-31T23:59:59Z", false),
            (.year, "2027-01-01T00:00:00Z", "2026-12-31T23:59:59Z", false),
        ])
    func isOver(period: ShardPeriod, first: String, now: String, isOver: Bool) throws {
        let (first, now) = (try #require(UnixTime(rfc3339: first)), try #require(UnixTime(rfc3339: now)))
        #expect(period.isOver(of: first, now: now) == isOver)
    }
}
