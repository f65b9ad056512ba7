import Glibc
import MartletAudit
import MartletStorage
import Testing

@Suite("a disk that fails")
struct FailingDiskTests {
    static func isSegment(_ path: String) -> Bool { path.hasSuffix(".seg") }

    @Test("is named with the text of its error")
    func description() {
        #expect("\(FileError(.open, "log/lock", errno: EACCES))" == "open log/lock: Permission denied (errno 13)")
    }

    @Test(
        "after a failed write or synchronisation nothing is acknowledged any more, and nothing is tried again",
        arguments: [FileError.Operation.write, .synchronize], [true, false])
    func poisoned(operation: FileError.Operation, isDone: Bool) async throws {
        let disk = SimulatedDisk()
        let files = FaultyFiles(disk)
        let store = try LogFixture.open("log", files: files).store
        try await LogFixture.append(0..<3, to: store)
        files.setPlan { call in
            guard call.operation == operation, Self.isSegment(call.path) else { return nil }
            return isDone ? .after(errno: EIO) : .before(errno: EIO)
        }
        await #expect(throws: AuditError.storeUnavailable(errno: EIO)) { try await store.append(LogFixture.entry(3)) }
        files.setPlan { _ in nil }
        let before = files.calls.filter { Self.isSegment($0.path) }.count
        await #expect(throws: AuditError.closed) {
            try await store.append(LogFixture.entry(4, isEssential: true))
        }
        #expect(store.failure?.errno == EIO)
        store.close()
        #expect(files.calls.filter { Self.isSegment($0.path) }.count == before)
        let (again, report) = try LogFixture.open("log", files: disk)
        #expect(report.wasInterrupted)
        #expect(report.size == (isDone || operation == .synchronize ? 4 : 3))
        again.close()
    }

    @Test("who only put an entry in line is told of its loss when the disk fails; a log that has ended takes none")
    func lostInLine() async throws {
        let files = FaultyFiles(SimulatedDisk())
        let store = try LogFixture.open("log", files: files).store
        files.setPlan { $0.operation == .synchronize && Self.isSegment($0.path) ? .before(errno: EIO) : nil }
        let (losses, told) = AsyncStream.makeStream(of: AuditError.self)
        try store.enqueue(LogFixture.entry(0, isEssential: true)) { told.yield($0) }
        var heard = losses.makeAsyncIterator()
        #expect(await heard.next() == .storeUnavailable(errno: EIO))
        #expect(throws: AuditError.closed) {
            try store.enqueue(LogFixture.entry(1, isEssential: true)) { told.yield($0) }
        }
        store.close()
    }

    @Test("a failed synchronisation of a segment made ahead ends the log too")
    func failedSpare() async throws {
        let files = FaultyFiles(SimulatedDisk()) { call in
            call.operation == .synchronize && call.path.contains("spare-") ? .before(errno: EIO) : nil
        }
        let store = try LogFixture.open("log", files: files).store
        // The second thread meets the error in its own time; the log ends at the latest when a segment is needed.
        await Ledger().fill(store, tasks: 1, count: 10, bytes: 3000)
        #expect(store.failure?.errno == EIO)
        await #expect(throws: AuditError.closed) { try await store.append(LogFixture.entry(0)) }
        store.close()
    }

    @Test(
        "on a full disk essential entries fit into the last segment, others are refused, and space makes all well again"
    )
    func fullDisk() async throws {
        let files = FaultyFiles(SimulatedDisk()) { call in
            let isLater = call.path.contains("spare-") && !call.path.contains("spare-00000001")
            return call.operation == .create && isLater ? .before(errno: ENOSPC) : nil
        }
        let settings = LogFixture.settings(spares: 1, upkeepMilliseconds: 1)
        let store = try LogFixture.open("log", settings, files: files).store
        // Three entries of 3,000 bytes fill a segment; the first makes the log go on with its only spare.
        try await LogFixture.append(0..<3, to: store, bytes: 3000)
        #expect(try await store.append(LogFixture.entry(3, bytes: 3000, isEssential: true)) == 3)
        while !store.isDegraded { await Task.yield() }
        await #expect(throws: AuditError.reserveReached) { try await store.append(LogFixture.entry(4)) }
        #expect(try await store.append(LogFixture.entry(4, bytes: 3000, isEssential: true)) == 4)
        #expect(try await store.append(LogFixture.entry(5, bytes: 3000, isEssential: true)) == 5)
        await #expect(throws: AuditError.storeUnavailable(errno: ENOSPC)) {
            try await store.append(LogFixture.entry(6, bytes: 3000, isEssential: true))
        }
        #expect(store.failure == nil)
        files.setPlan { _ in nil }
        while store.isDegraded { await Task.yield() }
        #expect(try await store.append(LogFixture.entry(6, bytes: 3000)) == 6)
        store.close()
        #expect(try LogFixture.open("log", settings, files: files).report.size == 7)
    }

    @Test("more appends than the queue holds are refused, and a quarter of it is kept for essential entries")
    func queueBound() async throws {
        let gate = Gate()
        let files = FaultyFiles(SimulatedDisk()) { call in
            if call.operation == .write, call.path.hasSuffix("00000000.seg") { gate.pass() }
            return nil
        }
        var settings = LogFixture.settings()
        settings.queueEntries = 8
        let store = try LogFixture.open("log", settings, files: files).store
        gate.shut()
        let outcomes = await withTaskGroup(of: AuditError?.self) { group in
            group.addTask { await Self.refusal(store, 0) }
            await gate.arrival()
            for number in 1...20 { group.addTask { await Self.refusal(store, number) } }
            var outcomes: [AuditError?] = []
            // Six of eight places are for any entry: fourteen of twenty come back at once.
            for _ in 0..<14 { outcomes.append(await group.next() ?? nil) }
            for number in 21...24 { group.addTask { await Self.refusal(store, number, isEssential: true) } }
            for _ in 0..<2 { outcomes.append(await group.next() ?? nil) }
            gate.open()
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        #expect(outcomes.filter { $0 == .overloaded }.count == 16)
        #expect(outcomes.filter { $0 == nil }.count == 9)
        store.close()
        #expect(try LogFixture.records("log", files: files).count == 9)
    }

    private static func refusal(_ store: SegmentStore, _ number: Int, bytes: Int = 60, isEssential: Bool = false) async
        -> AuditError?
    {
        do throws(AuditError) {
            _ = try await store.append(LogFixture.entry(number, bytes: bytes, isEssential: isEssential))
            return nil
        } catch {
            return error
        }
    }

    @Test("of two entries that are larger together than the queue's bytes the second is refused")
    func queueBytes() async throws {
        let gate = Gate()
        let files = FaultyFiles(SimulatedDisk()) { call in
            if call.operation == .write, call.path.hasSuffix("00000000.seg") { gate.pass() }
            return nil
        }
        var settings = LogFixture.settings()
        settings.queueBytes = 2000
        let store = try LogFixture.open("log", settings, files: files).store
        gate.shut()
        let outcomes = await withTaskGroup(of: AuditError?.self) { group in
            group.addTask { await Self.refusal(store, 0) }
            await gate.arrival()
            for number in 1...2 { group.addTask { await Self.refusal(store, number, bytes: 1500) } }
            var outcomes = [await group.next() ?? nil]
            gate.open()
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        #expect(outcomes == [.overloaded, nil, nil])
        store.close()
    }
}
