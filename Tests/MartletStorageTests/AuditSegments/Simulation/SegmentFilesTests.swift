import Glibc
import MartletStorage
import Testing

@Suite("the files of a log")
struct SegmentFilesTests {
    @Test("in a directory of the machine keep to the contract", arguments: SegmentFilesContract.allCases)
    func posix(rule: SegmentFilesContract) throws {
        let folder = try TemporaryFolder()
        try PosixFiles().makeDirectory(folder.path)
        // What the user's mask takes away would be missed by `facts`.
        let mask = umask(0)
        defer { umask(mask) }
        try rule.check(PosixFiles(), in: folder.path)
    }

    @Test("on the simulated disk keep to the contract", arguments: SegmentFilesContract.allCases)
    func simulated(rule: SegmentFilesContract) throws {
        let disk = SimulatedDisk()
        try disk.makeDirectory("folder")
        try rule.check(disk, in: "folder")
    }

    @Test("of the machine: a log may lie below a linked directory")
    func link() throws {
        let folder = try TemporaryFolder()
        try PosixFiles().makeDirectory(folder.path + "/real")
        try #require(symlink("real", folder.path + "/link") == 0)
        try LogFixture.open(folder.path + "/link/audit").store.close()
        #expect(try LogFixture.records(folder.path + "/real/audit").isEmpty)
    }

    @Test("are there after power loss when file and directory were synchronised, and perhaps otherwise")
    func powerLoss() throws {
        var seen: Set<[UInt8]> = []
        for seed: UInt64 in 0..<200 {
            let disk = SimulatedDisk()
            try disk.makeDirectory("folder")
            try disk.synchronizeDirectory(".")
            let file = try disk.create("folder/a", permissions: 0o600)
            try disk.write([UInt8](repeating: 1, count: 1024), to: file, at: 0)
            try disk.synchronize(file)
            try disk.synchronizeDirectory("folder")
            try disk.write([UInt8](repeating: 2, count: 1024), to: file, at: 0)
            _ = try disk.create("folder/b", permissions: 0o600)
            let after = disk.afterPowerLoss(seed: seed)
            #expect(after["folder/a"].count == 1024)
            seen.insert([after["folder/a"][0], after["folder/a"][1023], after.paths.contains("folder/b") ? 1 : 0])
        }
        #expect(seen.count == 8, "each half old or new, the second name there or not: \(seen)")
    }

    @Test("show after a failed synchronisation what will not be there after power loss, though the next one succeeds")
    func failedSync() throws {
        var lost = 0
        for seed: UInt64 in 0..<50 {
            let disk = SimulatedDisk()
            let file = try disk.create("a", permissions: 0o600)
            try disk.synchronize(file)
            try disk.synchronizeDirectory(".")
            try disk.write([1], to: file, at: 0)
            try disk.failToSynchronize(file, seed: seed)
            try disk.synchronize(file)
            #expect(disk["a"] == [1])
            lost += disk.afterPowerLoss(seed: seed)["a"] == [1] ? 0 : 1
        }
        #expect((10...40).contains(lost))
    }
}
