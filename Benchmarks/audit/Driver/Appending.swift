import MartletAudit
import MartletStorage

/// Writers that append leaves of one size as fast as each is durable.
struct Appending {
    let writers: Int
    let seconds: Double
    let bytes: Int

    func run(_ folder: String) async throws -> String {
        let store = try openStore(folder, origin: "benchmark")
        let (began, processor) = (Stopwatch.now, Stopwatch.processor)
        let end = began + seconds
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for writer in 0..<writers { group.addTask { try await append(to: store, writer, until: end) } }
            return try await group.reduce(into: [Double]()) { $0 += $1 }
        }
        let (elapsed, used) = (Stopwatch.now - began, Stopwatch.processor - processor)
        store.close()
        let sorted = times.sorted()
        let count = Double(sorted.count)
        func quantile(_ part: Double) -> Double { sorted[min(sorted.count - 1, Int(part * count))] * 1000 }
        return "{\"what\":\"ours\",\"writers\":\(writers),\"bytes\":\(bytes),\"leaves_s\":\(Int(count / elapsed)),"
            + "\"p50_ms\":\(quantile(0.5)),\"p99_ms\":\(quantile(0.99)),\"cpu_us\":\(used * 1e6 / count)}"
    }

    private func append(to store: SegmentStore, _ writer: Int, until end: Double) async throws -> [Double] {
        var (times, number) = ([Double](), UInt64(writer) << 40)
        times.reserveCapacity(1 << 16)
        let filler = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ writer) }
        var start = Stopwatch.now
        while start < end {
            number += 1
            var leaf = filler
            for place in 0..<8 { leaf[place] = UInt8(truncatingIfNeeded: number >> UInt64(8 * place)) }
            _ = try await store.append(AuditEntry(leaf: leaf, payload: nil, isEssential: false))
            let now = Stopwatch.now
            times.append(now - start)
            start = now
        }
        return times
    }
}
