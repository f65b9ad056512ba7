import MartletAudit
import MartletCore
import MartletStorage
import Synchronization

/// A log of permitted calls, intent and outcome, in the form and size that the gateway gives them.
struct Filling {
    let origin: String
    let bytes: Int
    private static let writers = 128

    func run(_ folder: String) async throws -> String {
        let store = try openStore(folder, origin: origin)
        let began = Stopwatch.now
        _ = try await store.append(CallLeaves.entry(CallLeaves.opened))
        let written = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<Self.writers {
                group.addTask { try await call(store, UInt64(writer) << 32, written) }
            }
            try await group.waitForAll()
        }
        let (size, took) = (store.size, Stopwatch.now - began)
        store.close()
        return "{\"what\":\"fill\",\"records\":\(size),\"seconds\":\(took)}"
    }

    private func call(_ store: SegmentStore, _ first: UInt64, _ written: Tally) async throws {
        var number = first
        while written.bytes.load(ordering: .relaxed) < bytes {
            number += 1
            let intent = CallLeaves.entry(CallLeaves.intent(number), sealed: 180)
            let index = try await store.append(intent)
            let outcome = CallLeaves.entry(CallLeaves.outcome(number, of: index), sealed: 260)
            _ = try await store.append(outcome)
            let size = intent.leaf.count + outcome.leaf.count + 180 + 260 + 4 * 17
            written.bytes.add(size, ordering: .relaxed)
        }
    }
}

/// Bytes written so far, by all writers.
final class Tally: Sendable {
    let bytes = Atomic<Int>(0)
}

/// Leaves as `call.intent` and `call.outcome` have them.
enum CallLeaves {
    static func entry(_ leaf: String, sealed: Int = 0) -> AuditEntry {
        let payload = (0..<sealed).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        return AuditEntry(leaf: Array(leaf.utf8), payload: sealed == 0 ? nil : payload, isEssential: true)
    }

    private static let digest = "sha256:f9e59e66c279d5748f4a0f48db5204b2d58166d3037be38d6b05e71c9b21d4c7"
    private static let common = #""node":"vm","env":"bench","posture":"pilot""#
    private static let time = "2026-11-23T15:39:32.701911Z"
    private static let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    static var opened: String {
        #"{"v":1,"type":"log.opened","id":"\#(id(0))","t":"\#(time)",\#(common),"observed":{"version":"0.1.0","#
            + #""size":0,"root":"\#(empty)"},"nonce":"XLISMGl83KFKEmLVApp0-A"}"#
    }

    private static func id(_ number: UInt64) -> String {
        CallID(time: UnixTime(seconds: 1_795_000_000), random: RandomBits(high: number, low: number &* 77)).rawValue
    }

    static func intent(_ number: UInt64) -> String {
        #"{"v":1,"type":"call.intent","id":"\#(id(2 * number))","call":"\#(id(number | 1 << 60))","round":0,"t":"\#(time)","#
            + #"\#(common),"verified":{"agent":"finance-bot","iss":"urn:martlet:e2e","auth":"bearer","cred":{"digest":"#
            + #""\#(digest)","jti":"4d6fc39ba352958c4ed9f5fc1a0b6f22","kid":"Ee3MPBqJ-_ZWZjSXL7083t--acbXDg9LdMEjjrFap7U","#
            + #""alg":"EdDSA","exp":"2026-11-23T15:54:32.000000Z"}},"asserted":{"client":{"name":"e2e","version":"1"}},"#
            + #""observed":{"src":"127.0.0.1","proto":"2026-07-28","transport":"http","method":"tools/call","upstream":"#
            + #""ledger","tool":"book","tool_def":"\#(digest)","args_bytes":14},"derived":{"decision":"permit","role":"#
            + #""finance_executor","grant":"finance_executor.book.9112b61e1af2","policy":"\#(digest)","approval":null},"#
            + #""sealed":{"commitment":"\#(digest)","key":"k-e0b455f5d0726b7e"},"nonce":"PKKv1x7A5p3tBwqCq22vTw"}"#
    }

    static func outcome(_ number: UInt64, of intent: UInt64) -> String {
        #"{"v":1,"type":"call.outcome","id":"\#(id(2 * number + 1))","call":"\#(id(number | 1 << 60))","t":"\#(time)","#
            + #"\#(common),"prev":\#(intent),"observed":{"outcome":"ok","latency_us":18206,"result_bytes":130},"#
            + #""derived":{"may_have_run":true},"sealed":{"commitment":"\#(digest)","key":"k-e0b455f5d0726b7e"},"#
            + #""nonce":"oQIspNMxBDZJhA1wVs5b2w"}"#
    }
}
