import ArgumentParser
import FoundationEssentials
import MartletAudit
import MartletStorage

/// The logs behind a closed one that is read: what they say was erased is gone from it too.
struct LaterLogs {
    private let state: StateDirectory

    /// There are none behind the log that grows.
    init(of state: StateDirectory) { self.state = state }

    /// From every byte of them, which are verified.
    func verifiedErasures() throws -> LaterErasures {
        try gathered { state in
            var erasures = Erasures()
            _ = try LogFiles(state).read(key: nil) { record in
                do throws(LeafError) {
                    erasures.take(try TimelineEntry(leaf: record.leaf, read: record.document, index: record.index))
                } catch {
                    // A record of another release is none of an erasure that this one knows.
                    return
                }
            }
            return erasures
        }
    }

    /// By their indexes: each row is compared with its record.
    func indexedErasures() throws -> LaterErasures {
        try gathered { state in
            var log = try IndexedLog(state)
            return try log.erasures()
        }
    }

    private func gathered(_ read: (StateDirectory) throws -> Erasures) throws -> LaterErasures {
        var later = LaterErasures()
        guard let shard = state.shard else { return later }
        let shards: LogShards
        do throws(SegmentError) { shards = try LogShards.read(state: state.path) } catch {
            Terminal.error("\(error)")
            throw ExitCode(1)
        }
        for log in shards.all where log.number > shard.number {
            // The next log may not have been begun.
            guard FileManager.default.fileExists(atPath: log.directory + "/segments") else { continue }
            var other = state
            other.shard = log == shards.current ? nil : log
            later.add(try read(other), of: log.number)
        }
        return later
    }
}
