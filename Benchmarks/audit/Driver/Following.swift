import MartletAudit
import MartletStorage

/// How long a durable record waits until the index has it, at a steady rate of calls.
struct Following {
    let callsPerSecond: Int
    let seconds: Double

    func run(_ folder: String) async throws -> String {
        let store = try openStore(folder + "/audit", origin: "benchmark")
        let follower = try LogFollower.start(
            index: folder + "/index.sqlite", log: folder + "/audit", logSize: { store.size })
        let (began, processor) = (Stopwatch.now, Stopwatch.processor)
        var (durable, waits, number) = ([Double](), [Double](), UInt64(0))
        while Stopwatch.now < began + seconds || waits.count < durable.count || follower.rules.lag > 0 {
            let now = Stopwatch.now
            while now < began + seconds, Double(number) < (now - began) * Double(callsPerSecond) {
                number += 1
                let intent = try await store.append(CallLeaves.entry(CallLeaves.intent(number), sealed: 180))
                durable.append(Stopwatch.now)
                _ = try await store.append(CallLeaves.entry(CallLeaves.outcome(number, of: intent), sealed: 260))
                durable.append(Stopwatch.now)
            }
            let indexed = durable.count - min(durable.count, Int(follower.index.lag))
            while waits.count < indexed { waits.append(Stopwatch.now - durable[waits.count]) }
            try await Task.sleep(for: .milliseconds(5))
        }
        let used = Stopwatch.processor - processor
        follower.stop()
        store.close()
        let sorted = waits.sorted()
        return "{\"what\":\"index\",\"records_s\":\(2 * callsPerSecond),\"p50_s\":\(sorted[sorted.count / 2]),"
            + "\"p99_s\":\(sorted[sorted.count * 99 / 100]),\"cpu_us\":\(used * 1e6 / Double(durable.count))}"
    }
}
