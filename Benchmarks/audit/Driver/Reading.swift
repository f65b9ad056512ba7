import MartletAudit
import MartletStorage

/// A whole log, read as `martlet audit verify` and as a start of the gateway read it.
enum Reading {
    static func verify(_ folder: String) throws -> String {
        let (began, processor) = (Stopwatch.now, Stopwatch.processor)
        var check = LogCheck()
        let summary = try SegmentReader(directory: folder).verify { check.take($0.leaf, at: $0.index) }
        return line("audit verify", summary.size, began, processor, check.findings.isEmpty)
    }

    static func open(_ folder: String, origin: String) throws -> String {
        let (began, processor) = (Stopwatch.now, Stopwatch.processor)
        var (open, isReadable) = (OpenIntents(), true)
        let (store, report) = try SegmentStore.open(directory: folder, settings: SegmentSettings(origin: origin)) {
            do { try open.take($0.leaf, at: $0.index) } catch { isReadable = false }
        }
        let line = line("open", report.size, began, processor, isReadable)
        store.close()
        return line
    }

    private static func line(
        _ what: String, _ size: UInt64, _ began: Double, _ processor: Double, _ isGood: Bool
    ) -> String {
        let (elapsed, used) = (Stopwatch.now - began, Stopwatch.processor - processor)
        return "{\"what\":\"\(what)\",\"good\":\(isGood),\"records\":\(size),\"seconds\":\(elapsed),"
            + "\"leaves_s\":\(Int(Double(size) / elapsed)),\"cpu_us\":\(used * 1e6 / Double(size))}"
    }
}
