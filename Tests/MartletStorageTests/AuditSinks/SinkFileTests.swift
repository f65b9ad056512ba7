import Glibc
import MartletCore
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("the file of a sink")
struct SinkFileTests {
    private static let state: SinkState = {
        let cursor = SinkCursor(origin: "log.test/a", next: 7, root: .leaf([7]))
        var state = SinkState(sink: "siem", kind: "file", cursor: cursor, alertAfter: Seconds(60))
        state.delivered = UnixTime(seconds: 1_795_374_000)
        state.failure = "write /x: errno 28"
        state.failing = UnixTime(seconds: 1_795_374_001)
        return state
    }()

    @Test("reads back what it stored; a sink without one is new")
    func roundTrip() throws {
        let disk = SimulatedDisk()
        let file = SinkFile(directory: "sinks", sink: "siem", files: disk)
        #expect(try file.load() == nil)
        try file.store(Self.state)
        #expect(try file.load() == Self.state)
        #expect(try SinkFile.names(in: "sinks", files: disk) == ["siem"])
    }

    @Test("holds the old or the new cursor when power fails at any file call", arguments: 1..<12)
    func powerLoss(call: Int) throws {
        let disk = SimulatedDisk()
        try SinkFile(directory: "sinks", sink: "siem", files: disk).store(Self.state)
        var newer = Self.state
        newer.cursor = SinkCursor(origin: "log.test/a", next: 9, root: .leaf([9]))
        let files = FaultyFiles(disk) { $0.number >= call ? .before(errno: EIO) : nil }
        var isStored = true
        do throws(FileError) {
            try SinkFile(directory: "sinks", sink: "siem", files: files).store(newer)
        } catch {
            isStored = false
        }
        for seed: UInt64 in 0..<8 {
            let after = disk.afterPowerLoss(seed: seed)
            let found = try SinkFile(directory: "sinks", sink: "siem", files: after).load()
            #expect(found == newer || (!isStored && found == Self.state))
        }
    }

    @Test("a file that is no cursor is refused, not taken for a new sink", arguments: ["", "{}", "null", #"{"v":1}"#])
    func malformed(text: String) throws {
        let disk = SimulatedDisk()
        try disk.makeDirectory("sinks")
        let file = SinkFile(directory: "sinks", sink: "siem", files: disk)
        try disk.replace(file.path, with: Array(text.utf8))
        #expect(throws: SinkRefusal.malformed(path: file.path)) { try file.load() }
    }
}
