import Foundation
import MartletAudit
import Testing

@testable import MartletStorage

@Suite("the index beside a running log")
struct IndexFollowerTests {
    /// Looks again until it holds; the deadline only ever makes a broken test fail.
    private static func reached(_ condition: () throws -> Bool) async throws -> Bool {
        let end = Monotonic.milliseconds + 20_000
        while Monotonic.milliseconds < end {
            if try condition() { return true }
            await Task.yield()
        }
        return false
    }

    @Test("follows the log, and says how far it is behind")
    func follows() async throws {
        let logged = try AuditIndexTests.Logged(seed: 21)
        let store = logged.store
        let follower = try IndexFollower.start(path: logged.path, log: logged.log) { store.size }
        try await logged.append(200)
        #expect(try await Self.reached { follower.lag == 0 })
        var index = try logged.index()
        #expect(try index.size() == 200)
        index.close()
        follower.stop()
        try await logged.append(3)
        #expect(follower.lag == 3)
        follower.stop()
        index = try logged.index()
        #expect(try index.catchUp() == 203)
    }

    @Test("cannot work: says so, the log goes on, and it works again when it can")
    func fails() async throws {
        let logged = try AuditIndexTests.Logged(seed: 22)
        try FileManager.default.createDirectory(atPath: logged.path, withIntermediateDirectories: false)
        let store = logged.store
        let follower = try IndexFollower.start(path: logged.path, log: logged.log) { store.size }
        #expect(try await Self.reached { follower.failure != nil })
        try await logged.append(20)
        #expect(follower.lag == 20)
        try FileManager.default.removeItem(atPath: logged.path)
        #expect(try await Self.reached { follower.lag == 0 && follower.failure == nil })
        follower.stop()
    }

    @Test("goes over to the new file when somebody replaced the one it writes")
    func replaced() async throws {
        let logged = try AuditIndexTests.Logged(seed: 23)
        let store = logged.store
        let follower = try IndexFollower.start(path: logged.path, log: logged.log) { store.size }
        try await logged.append(10)
        #expect(try await Self.reached { follower.lag == 0 })
        let fresh = try AuditIndex.rebuilt(path: logged.path, log: logged.log)
        try await logged.append(10)
        #expect(try await Self.reached { try fresh.size() == 20 })
        follower.stop()
        fresh.close()
    }
}
