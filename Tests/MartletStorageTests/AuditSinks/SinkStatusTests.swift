import MartletAudit
import MartletCore
import Synchronization
import Testing

@testable import MartletStorage

@Suite("how a running sink stands")
struct SinkStatusTests {
    private final class Size: Sendable {
        private let value = Mutex<UInt64>(7)
        var now: UInt64 { value.withLock { $0 } }
        func set(_ size: UInt64) { value.withLock { $0 = size } }
    }

    private static let old = UnixTime(seconds: 1_795_374_000)
    private let size = Size()
    private let status: SinkStatus

    init() {
        let size = size
        status = SinkStatus(name: "siem", kind: "file") { size.now }
    }

    @Test("a record that comes after everything was delivered is not as old as the last one that was")
    func caughtUp() {
        status.wait(for: Self.old)
        #expect(status.oldest == Self.old)
        status.stand(at: 7, of: "a", after: 0, last: Self.old)
        #expect(status.oldest == nil)
        size.set(8)
        #expect(status.oldest == nil, "or sink.caught_up would be a lag of its own")
        let facts = status.facts(now: Self.old)
        #expect(facts.behind == 1 && facts.origin == "a" && facts.next == 7)
    }

    @Test("what is there already when a batch was delivered is as old as its last record, until it is read")
    func catchingUp() {
        size.set(9)
        status.stand(at: 7, of: "a", after: 0, last: Self.old)
        #expect(status.oldest == Self.old)
        let read = Self.old.advanced(by: Seconds(5))
        status.wait(for: read)
        #expect(status.oldest == read)
    }

    @Test("a sink that does not come to reading waits since it fails")
    func failing() {
        status.fail("no cursor", now: Self.old)
        status.fail("no cursor", now: Self.old.advanced(by: Seconds(9)))
        #expect(status.oldest == Self.old && status.failure == "no cursor")
        status.succeed()
        #expect(status.oldest == nil && status.failure == nil)
    }
}
