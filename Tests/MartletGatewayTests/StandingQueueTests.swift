import MartletCore
import MartletMCP
import Testing

@testable import MartletGateway

@Suite("What waits for the reader of a standing stream")
struct StandingQueueTests {
    private static func uri(_ name: String) throws -> ResourceURI { try #require(ResourceURI("shelf://\(name)")) }

    private static func upstream(_ name: String = "erp") throws -> UpstreamID { try #require(UpstreamID(name)) }

    /// A queue whose first message is out.
    private static func queue(_ filter: ListenFilter) throws -> StandingQueue {
        var queue = StandingQueue(StreamFilter(.verbatim, [try upstream(): filter]))
        queue.wrote()
        return queue
    }

    @Test("a change is sent when it was asked for, and dropped when it was not")
    func filter() throws {
        var queue = try Self.queue(ListenFilter(lists: [.tools], resources: [try Self.uri("a")]))
        queue.take(.list(.prompts), of: try Self.upstream())
        queue.take(.updated(try Self.uri("b")), of: try Self.upstream())
        #expect(queue.count == 0)
        queue.take(.updated(try Self.uri("a")), of: try Self.upstream())
        let isMine = queue.startSending()
        #expect(isMine)
        let first = queue.next()
        #expect(first?.change == .updated(try Self.uri("a")))
    }

    @Test("a flood for a reader that takes nothing waits once for each kind, in order of first arrival")
    func condensed() throws {
        var queue = try Self.queue(ListenFilter(lists: Set(ListedKind.allCases), resources: [try Self.uri("a")]))
        for _ in 0..<1000 {
            queue.take(.list(.resources), of: try Self.upstream())
            queue.take(.updated(try Self.uri("a")), of: try Self.upstream())
            queue.take(.list(.tools), of: try Self.upstream())
        }
        #expect(queue.count == 3)
        _ = queue.startSending()
        var sent: [Change?] = []
        while let change = queue.next() {
            sent.append(change.change)
            queue.wrote()
        }
        #expect(sent == [.list(.resources), .updated(try Self.uri("a")), .list(.tools)])
    }

    @Test("nothing is sent before the first message is out, and one message is out at a time")
    func oneAtATime() throws {
        var queue = StandingQueue(
            StreamFilter(.verbatim, [try Self.upstream(): ListenFilter(lists: [.tools, .prompts])]))
        queue.take(.list(.tools), of: try Self.upstream())
        queue.take(.list(.prompts), of: try Self.upstream())
        _ = queue.startSending()
        let early = queue.next()
        #expect(early == nil)
        queue.wrote()
        _ = queue.startSending()
        let first = queue.next()
        #expect(first?.change == .list(.tools))
        let second = queue.next()
        #expect(second == nil)
        let mayStart = queue.startSending()
        #expect(mayStart, "whoever got nil no longer sends")
    }

    @Test("while somebody sends, nobody else does")
    func oneSender() throws {
        var queue = try Self.queue(ListenFilter(lists: [.tools]))
        queue.take(.list(.tools), of: try Self.upstream())
        let first = queue.startSending()
        let second = queue.startSending()
        #expect(first && !second)
    }

    @Test("a session that no longer subscribes is not told what waited")
    func replaced() throws {
        var queue = try Self.queue(ListenFilter(lists: [.tools], resources: [try Self.uri("a")]))
        queue.take(.updated(try Self.uri("a")), of: try Self.upstream())
        queue.take(.list(.tools), of: try Self.upstream())
        queue.replaceResources([try Self.uri("b")], of: try Self.upstream())
        #expect(queue.count == 1)
        let left = ListenFilter(lists: [.tools], resources: [try Self.uri("b")])
        #expect(queue.filter[try Self.upstream()] == left)
    }

    @Test("on the route of all upstreams a list is one, and the same URI of two upstreams are two resources")
    func aggregated() throws {
        let (erp, crm, a) = (try Self.upstream(), try Self.upstream("crm"), try Self.uri("a"))
        let filter = ListenFilter(lists: [.tools], resources: [a])
        var queue = StandingQueue(StreamFilter(.aggregated, [erp: filter, crm: filter]))
        queue.wrote()
        for upstream in [erp, crm, try Self.upstream("hr")] {
            queue.take(.list(.tools), of: upstream)
            queue.take(.updated(a), of: upstream)
        }
        #expect(queue.count == 3)
        queue.replaceResources([], of: erp)
        #expect(queue.count == 2)
        queue.replaceResources([a], of: try Self.upstream("hr"))
        #expect(queue.filter.upstreams == [crm, erp], "a stream hears no more upstreams than it began with")
    }
}
