import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import Testing

struct LeafReadingTests {
    private func read(_ leaf: [UInt8], at index: UInt64 = 9) throws(LeafError) -> TimelineEntry {
        try TimelineEntry(leaf: leaf, index: index)
    }

    private func leaves() async throws -> [[UInt8]] {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call())
        return fixture.store.leaves
    }

    @Test("every record that is written can be read")
    func roundTrip() async throws {
        let fixture = try await EveryRecord.log()
        for (index, leaf) in fixture.store.leaves.enumerated() { _ = try read(leaf, at: UInt64(index)) }
    }

    static let damages: [(String, String, LeafError.Problem)] = [
        (#"{"v":1"#, #"{"v":2"#, .unknownVersion),
        (#"{"v":1"#, #"{"v":"1""#, .unknownVersion),
        ("call.intent", "call.intention", .unknownType("call.intention")),
        (#""node""#, #""Node""#, .unknownMember("Node")),
        (#""round":0,"#, "", .badMember("/round")),
        (#""posture":"pilot","#, "", .badMember("posture")),
        (#""t":"2026-11-22"#, #""t":"2026-02-30"#, .badMember("t")),
        (#""role":"#, #""rôle":"#, .badMember("/derived/role")),
        (#""nonce":""#, #""nonce":"AA"#, .badMember("nonce")),
        (#""agent":"#, #""agents":"#, .badMember("/verified/agent")),
        (#""sealed":"#, #""asserted":"#, .notJSON("duplicate key")),
        (#""round":0"#, #""round":0,"prev":1"#, .badMember("prev")),
        (#""_sd_alg":"sha-256""#, #""_sd_alg":"sha-1""#, .badMember("_sd")),
        (#""_sd":["#, #""_sd":["A","#, .badMember("_sd")),
        (#""sealed":{"#, #""sealed":{"commitment":"sha256:00","#, .badMember("sealed")),
    ]

    @Test("a damaged intent is refused with the member that is wrong", arguments: damages)
    func damage(old: String, new: String, problem: LeafError.Problem) async throws {
        let leaf = edited(try #require(try await leaves().first), old, new)
        do throws(LeafError) {
            _ = try read(leaf)
            Issue.record("the leaf was read")
        } catch {
            if case .notJSON = problem, case .notJSON = error.problem { return }
            #expect(error == LeafError(index: 9, problem: problem))
        }
    }

    @Test(
        "an outcome must close an earlier record",
        arguments: [
            (#""prev":0,"#, ""), (#""prev":0"#, #""prev":1"#), (#""prev":0"#, #""prev":-1"#),
            (#""prev":0"#, #""prev":0.0"#),
        ])
    func closes(old: String, new: String) async throws {
        let leaf = edited(try #require(try await leaves().last), old, new)
        #expect(throws: LeafError(index: 1, problem: .badMember("prev"))) { try read(leaf, at: 1) }
    }

    @Test("a leaf above the limit is refused unread")
    func tooLarge() {
        let leaf = [UInt8](repeating: 0x20, count: 65_536)
        #expect(throws: LeafError(index: 9, problem: .tooLarge(bytes: 65_536))) { try read(leaf) }
    }

    @Test("what is no object is refused", arguments: ["", "[]", "1", "{", "{}{}", "\u{FEFF}{}"])
    func noObject(text: String) {
        #expect(throws: LeafError.self) { try read(Array(text.utf8)) }
    }
}
