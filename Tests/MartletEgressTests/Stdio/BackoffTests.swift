import NIOCore
import Testing

@testable import MartletEgress

@Suite("the delay before a child is started again")
struct BackoffTests {
    @Test("doubles with each early death up to the longest, and starts anew after a long life")
    func doubles() {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(1), stable: .seconds(60))
        let delays = (0..<6).map { _ in backoff.delay(afterLifeOf: .seconds(1)) }
        #expect(delays == [100, 200, 400, 800, 1000, 1000].map { TimeAmount.milliseconds($0) })
        #expect(backoff.delay(afterLifeOf: .seconds(60)) == .milliseconds(100))
        for _ in 0..<200 { _ = backoff.delay(afterLifeOf: .zero) }
        #expect(backoff.delay(afterLifeOf: .zero) == .seconds(1))
    }
}
