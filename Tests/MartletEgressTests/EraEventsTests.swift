import MartletEgress
import MartletMCP
import Testing

@Suite("What was learnt about eras")
struct EraEventsTests {
    @Test("is kept in order up to a bound, and beyond it counted, once")
    func counts() throws {
        let upstream = try Fixture.upstreamID()
        let waiting = EraEvents(maximum: 2)
        waiting.add(.pinned(upstream, .modern))
        #expect(waiting.take() == ([.pinned(upstream, .modern)], 0))
        let changed = EraEvent.changed(upstream, pinned: .modern, seen: .legacy)
        for event in [changed, .restored(upstream, .modern), changed, changed] { waiting.add(event) }
        #expect(waiting.take() == ([changed, .restored(upstream, .modern)], 2))
        #expect(waiting.take() == ([], 0))
    }
}
