import Crypto
import MartletCore
import MartletJSON
import MartletPolicy
import MartletTesting
import Testing
@testable import MartletAudit

struct PerfScratch {
    @Test func perf() async throws {
        let sealer = try Fixture.sealer()
        let b = RecordBuilder(identity: LogIdentity(node: "gw-1", environment: try #require(EnvironmentName("demo")), posture: "pilot"), sealer: sealer)
        let fixture = try Fixture()
        let a = try fixture.authorized(try Fixture.call())
        let c = Fixture.context()
        let r = SystemRandomSource()
        let facts = try Fixture.ended(result: #"{"content":[{"type":"text","text":"paid 250.00 EUR to V-100"}],"isError":false}"#)
        let clock = ContinuousClock()
        func time(_ name: String, _ f: () throws -> Void) rethrows {
            let n = 20000
            for _ in 0..<1000 { try f() }
            let t = try clock.measure { for _ in 0..<n { try f() } }
            print("PERF", name, Double(t.components.attoseconds) / 1e12 / Double(n) + Double(t.components.seconds) * 1e6 / Double(n), "us")
        }
        let now = UnixTime(microseconds: 1_795_374_000_123_456)
        try time("intent") { _ = try b.intent(a, c, time: now, seed: RecordSeed(r)) }
        try time("outcome") { _ = try b.outcome(of: IntentReceipt(call: Fixture.id(1), index: 5), facts, time: now, seed: RecordSeed(r)) }
        time("seed") { _ = RecordSeed(r) }
        time("rfc3339") { _ = now.rfc3339 }
        let seed = RecordSeed(r)
        time("callid") { _ = CallID(time: now, random: seed.identifier).rawValue }
        let plain = [UInt8](repeating: 1, count: 300), leaf = [UInt8](repeating: 2, count: 1100)
        try time("seal") { _ = try sealer.seal(plain, leaf: leaf, nonce: seed.nonce) }
        time("sha") { _ = MartletCore.Digest(of: plain) }
        time("disclosure") { _ = Disclosure(salt: seed.salt) { $0.field("args_digest", a.call.argumentDigest); $0.field("body_digest", a.call.bodyDigest); if let x = a.call.arguments { $0.disclosed("args", x) } } }
        time("digesttext") { _ = a.call.argumentDigest.description }
        time("b64") { _ = Base64URL.encode(seed.nonce) }
        let e = try b.intent(a, c, time: now, seed: seed)
        print("PERF leaf", e.leaf.count, "payload", e.payload?.count ?? 0)
        print(String(decoding: e.leaf, as: UTF8.self))
        time("parse") { _ = try? TimelineEntry(leaf: e.leaf, index: 9) }
    }
}
