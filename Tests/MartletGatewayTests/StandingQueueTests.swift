import MartletCore
import MartletMCP
import Testing

@testable import MartletGateway

@Suite("What waits for the reader of a standing stream")
struct StandingQueueTests {
    private static func uri(_ name: String) throws -> ResourceURI { try #require(ResourceURI("shelf://\(name)")) }

    /// A queue whose first message is out.
    private static func queue(_ filter: ListenFilter) -> StandingQueue {
        var queue = StandingQueue(filter)
        queue.wrote()
        return queue
    }

    @Test("a change is sent when it was asked for, and dropped when it was not")
    func filter() throws {
        var queue = Self.queue(ListenFilter(lists: [.tools], resources: [try Self.uri("a")]))
        queue.take(.list(.prompts))
        queue.take(.updated(try Self.uri("b")))
        #expect(queue.count == 0)
        queue.take(.updated(try Self.uri("a")))
        let isMine = queue.startSending()
        #expect(isMine)
        let first = queue.next()
        #expect(first == .updated(try Self.uri("a")))
    }

    @Test("a flood for a reader that takes nothing waits once for each kind, in order of first arrival")
    func condensed() throws {
        var queue = Self.queue(ListenFilter(lists: Set(ListedKind.allCases), resources: [try Self.uri("a")]))
        for _ in 0..<1000 {
            queue.take(.list(.resources))
            queue.take(.updated(try Self.uri("a")))
            queue.take(.list(.tools))
        }
        #expect(queue.count == 3)
        _ = queue.startSending()
        var sent: [Change] = []
        while let change = queue.next() {
            sent.append(change)
            queue.wrote()
        }
        #expect(sent == [.list(.resources), .updated(try Self.uri("a")), .list(.tools)])
    }

    @Test("nothing is sent before the first message is out, and one message is out at a time")
    func oneAtATime() {
        var queue = StandingQueue(ListenFilter(lists: [.tools, .prompts]))
        queue.take(.list(.tools))
        queue.take(.list(.prompts))
        _ = queue.startSending()
        let early = queue.next()
        #expect(early == nil)
        queue.wrote()
        _ = queue.startSending()
        let first = queue.next()
        #expect(first == .list(.tools))
        let second = queue.next()
        #expect(second == nil)
        let mayStart = queue.startSending()
        #expect(mayStart, "whoever got nil no longer sends")
    }

    @Test("while somebody sends, nobody else does")
    func oneSender() {
        var queue = Self.queue(ListenFilter(lists: [.tools]))
        queue.take(.list(.tools))
        let first = queue.startSending()
        let second = queue.startSending()
        #expect(first && !second)
    }

    @Test("a session that no longer subscribes is not told what waited")
    func replaced() throws {
        var queue = Self.queue(ListenFilter(lists: [.tools], resources: [try Self.uri("a")]))
        queue.take(.updated(try Self.uri("a")))
        queue.take(.list(.tools))
        queue.replaceResources([try Self.uri("b")])
        #expect(queue.count == 1)
        #expect(queue.filter == ListenFilter(lists: [.tools], resources: [try Self.uri("b")]))
    }
}
