import NIOCore
import Testing

@testable import MartletEgress

@Suite("A budget of lines")
struct LineBudgetTests {
    @Test("gives so many lines in a window that begins with the first, and then says how many it dropped")
    func windows() {
        var budget = LineBudget(lines: 2, window: .seconds(10))
        let start = NIODeadline.uptimeNanoseconds(5_000_000_000)
        let taken: [(second: Int64, isWritten: Bool, droppedBefore: Int)] = [
            (0, true, 0), (1, true, 0), (2, false, 0), (9, false, 0), (10, true, 2), (11, true, 0), (12, false, 0),
            (100, true, 1), (109, true, 0), (110, true, 0),
        ]
        for line in taken {
            let now = start + .seconds(line.second)
            #expect(budget.close(now) == line.droppedBefore, "second \(line.second)")
            #expect(budget.take(now) == line.isWritten, "second \(line.second)")
        }
    }

    @Test("tells at an early end what was dropped, once")
    func earlyEnd() {
        var budget = LineBudget(lines: 1, window: .seconds(10))
        let now = NIODeadline.uptimeNanoseconds(0)
        #expect(budget.close(now, early: true) == 0)
        for _ in 0..<4 { _ = budget.take(now) }
        #expect(budget.dropped == 3 && budget.end == now + .seconds(10))
        #expect(budget.close(now) == 0)
        #expect(budget.close(now, early: true) == 3)
        #expect(budget.close(now, early: true) == 0)
    }
}
