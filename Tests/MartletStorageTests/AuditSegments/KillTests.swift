import Glibc
import MartletAudit
import MartletStorage
import Testing

/// A process that appends for ever and tells what was acknowledged through descriptor 3: the same test program, started
/// again with one test chosen and the folder in its environment.
private enum WritingChild {
    static let variable = "MARTLET_TEST_LOG"
    static let folder = getenv(variable).map { String(cString: $0) }
    private static let notes: Int32 = 3

    static func write(into folder: String) async throws {
        let store = try LogFixture.open(folder, LogFixture.settings(segmentBytes: 64 << 10, upkeepMilliseconds: 5))
            .store
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { await append(to: store, first: task * 1_000_000) }
            }
        }
        store.close()
    }

    private static func append(to store: SegmentStore, first: Int) async {
        for number in first..<(first + 1_000_000) {
            do {
                let index = try await store.append(LogFixture.entry(number, bytes: 300))
                // 16 bytes at once: a pipe takes them whole or not at all.
                let note = [index, UInt64(number)]
                guard note.withUnsafeBytes({ Glibc.write(notes, $0.baseAddress, 16) }) == 16 else { return }
            } catch { return }
        }
    }

    /// Starts the child; returns its id and the end of the pipe to read from.
    static func start(_ folder: String) throws -> (process: pid_t, notes: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for stream: Int32 in [1, 2] { posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], notes)
        let words = texts(["/proc/self/exe", "--testing-library", "swift-testing", "--filter", "KillTests/child"])
        let environment = texts(["\(variable)=\(folder)"] + ["PATH", "LD_LIBRARY_PATH"].compactMap(inherited))
        defer { for text in words + environment { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/proc/self/exe", &actions, nil, words, environment)
        try #require(code == 0)
        close(ends[1])
        return (process, ends[0])
    }

    private static func texts(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { (text: String) in strdup(text) } + [nil]
    }

    private static func inherited(_ name: String) -> String? {
        getenv(name).map { name + "=" + String(cString: $0) }
    }
}

@Suite("kill -9")
struct KillTests {
    @Test("writes until it is killed; only as the child of the next test", .enabled(if: WritingChild.folder != nil))
    func child() async throws {
        try await WritingChild.write(into: try #require(WritingChild.folder))
    }

    @Test(
        "no acknowledged record is lost when the process is killed, again and again",
        .enabled(if: WritingChild.folder == nil))
    func kill() throws {
        let folder = try TemporaryFolder()
        let ledger = Ledger()
        for round in 1...5 {
            let child = try WritingChild.start(folder.path)
            var seen = 0
            while let (index, number) = note(child.notes) {
                ledger.note(index, LogFixture.entry(number, bytes: 300).leaf)
                seen += 1
                // Dead after a different number of records each time, wherever the two threads happen to be.
                if seen == 150 * round { Glibc.kill(child.process, SIGKILL) }
            }
            var status: Int32 = 0
            waitpid(child.process, &status, 0)
            close(child.notes)
            #expect(status & 0x7F == SIGKILL, "the child ended by itself")
            let (store, report) = try LogFixture.open(folder.path, LogFixture.settings(segmentBytes: 64 << 10))
            store.close()
            let records = try LogFixture.records(folder.path)
            #expect(report.size == UInt64(records.count))
            #expect(ledger.firstLost(records) == nil)
        }
        #expect(ledger.count >= 2250)
    }

    private func note(_ descriptor: Int32) -> (UInt64, Int)? {
        var note: [UInt64] = [0, 0]
        let count = note.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, 16) }
        return count == 16 ? (note[0], Int(note[1])) : nil
    }
}
