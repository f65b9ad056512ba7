import MartletAudit
import MartletRecords
import MartletStorage

/// A whole log, read as `martlet audit verify` and as a start of the gateway read it.
enum Reading {
    static func verify(_ folder: String) throws -> String {
        let (began, processor) = (Stopwatch.now, Stopwatch.processor)
        var (check, sealed) = (LogCheck(), SealedKeys())
        let summary = try SegmentReader(directory: folder).verify(comparesTiles: true) {
            if let entry = check.takeStrictly($0.leaf, read: $0.document, at: $0.index) { sealed.take(entry) }
        }
        return line("audit verify", summary.size, began, processor, check.findings.isEmpty)
    }

    static func open(_ folder: String, origin: String) throws -> String {
        let (began, processor) = (Stopwatch.now, Stopwatch.processor)
        var (open, erasures, sealed) = (OpenIntents(), Erasures(), 0)
        var isReadable = true
        let (store, report) = try SegmentStore.open(directory: folder, settings: SegmentSettings(origin: origin)) {
            do {
                let entry = try TimelineEntry(leaf: $0.leaf, read: $0.document, index: $0.index)
                open.take(entry)
                erasures.take(entry)
                if entry.sealedKey?.isDataKey == true { sealed += 1 }
            } catch { isReadable = false }
        }
        let line = line("open", report.size, began, processor, isReadable)
        store.close()
        return line
    }

    /// Every record into a new index, at full speed.
    static func index(_ folder: String, into file: String) throws -> String {
        let (began, processor) = (Stopwatch.now, Stopwatch.processor)
        var index = try AuditIndex.rebuilt(path: file, log: folder)
        let size = try index.catchUp()
        index.close()
        return line("index", size, began, processor, true)
    }

    static func rules(_ folder: String) throws -> String {
        let (began, processor) = (Stopwatch.now, Stopwatch.processor)
        var watch = RuleWatch(memory: 1 << 18)
        let summary = try SegmentReader(directory: folder).verify { watch.take($0.leaf, at: $0.index) }
        return line("rules", summary.size, began, processor, watch.untold().isEmpty)
    }

    private static func line(
        _ what: String, _ size: UInt64, _ began: Double, _ processor: Double, _ isGood: Bool
    ) -> String {
        let (elapsed, used) = (Stopwatch.now - began, Stopwatch.processor - processor)
        return "{\"what\":\"\(what)\",\"good\":\(isGood),\"records\":\(size),\"seconds\":\(elapsed),"
            + "\"leaves_s\":\(Int(Double(size) / elapsed)),\"cpu_us\":\(used * 1e6 / Double(size))}"
    }
}
