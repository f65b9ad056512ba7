import MartletCore
import MartletJSON
import MartletPolicy
import MartletTesting
import Testing

@testable import MartletAudit

struct SealingTests {
    @Test("a key has 32 bytes", arguments: [0, 31, 33])
    func keyLength(count: Int) {
        #expect(RootKey(key: Secret(bytes: [UInt8](repeating: 1, count: count))) == nil)
    }

    @Test("no leaf shows arguments, results, or a digest of them that could be guessed")
    func nothingInTheClear() async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        let call = try Fixture.call(2, tool: "issue_payment")
        let guessable = [
            "V-100", "250", "paid", "fine", call.argumentDigest.description, call.bodyDigest.description,
            try #require(try binding(of: call)).description,
        ]
        for leaf in fixture.store.leaves {
            let text = String(decoding: leaf, as: UTF8.self)
            for word in guessable { #expect(!text.contains(word), "\(word) stands in \(text)") }
        }
        for payload in fixture.store.entries.compactMap(\.payload) {
            #expect(!String(decoding: payload, as: UTF8.self).contains("V-100"))
        }
    }

    private func binding(of call: ToolCall) throws -> Digest? {
        let now = UnixTime(seconds: 1_795_374_000)
        guard case .approvalRequired(let requirement) = try Fixture.engine().decide(call, approval: nil, now: now)
        else {
            return nil
        }
        return requirement.bindingDigest
    }

    @Test("two calls with equal arguments have different commitments")
    func salted() async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(1))
        try await fixture.complete(try Fixture.call(2))
        let digests = try fixture.entries().flatMap { entry -> [String] in
            guard case .disclosures(let digests) = entry.sealed?.form else { return [] }
            return digests
        }
        #expect(digests.count == 6)
        #expect(Set(digests).count == 6)
    }

    @Test("the values open with the key, match the commitment and hold the digest approvals bind to")
    func opening() async throws {
        let fixture = try Fixture()
        let call = try Fixture.call()
        try await fixture.complete(call)
        let entry = try #require(try fixture.entries().first)
        guard
            case .opened(let values) = fixture.keys(fixture.root).values(
                of: entry, payload: fixture.store.entries[0].payload)
        else {
            Issue.record("the payload did not open")
            return
        }
        #expect(values.member("args")?.serialized() == Array(Fixture.payment.utf8))
        #expect(values.member("digests")?.member("args")?.string == call.argumentDigest.description)
        #expect(values.member("digests")?.member("body")?.string == call.bodyDigest.description)
    }

    @Test("a flipped bit, another record's payload, a missing payload and another key are told apart")
    func faults() async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(1))
        try await fixture.complete(try Fixture.call(2))
        let entry = try #require(try fixture.entries().first)
        var flipped = try #require(fixture.store.entries[0].payload)
        flipped[20] ^= 1
        #expect(fixture.keys(fixture.root).word(entry, flipped) == "contradicts")
        #expect(fixture.keys(fixture.root).word(entry, fixture.store.entries[2].payload) == "contradicts")
        #expect(fixture.keys(fixture.root).word(entry, []) == "contradicts")
        #expect(fixture.keys(fixture.root).word(entry, nil) == "missing")
        #expect(fixture.keys(try Fixture.root(8)).word(entry, fixture.store.entries[0].payload) == "sealed")
        #expect(fixture.keys(fixture.root).word(entry, fixture.store.entries[0].payload) == "opened")
    }

    @Test("a record edited after the fact no longer opens its payload")
    func boundToLeaf() async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(1))
        let leaf = edited(fixture.store.leaves[0], "finance-bot", "another-bot")
        let entry = try TimelineEntry(leaf: leaf, index: 0)
        #expect(fixture.keys(fixture.root).word(entry, fixture.store.entries[0].payload) == "contradicts")
    }

    @Test("the records of one approval have one binding, another approval of the same call has another")
    func blindedBinding() async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        let bindings = try fixture.entries().compactMap { entry in
            entry.text("derived", "binding")
                ?? entry.document.member("derived")?.member("approval")?.member("binding")?.string
        }
        #expect(bindings.count == 3)
        #expect(Set(bindings).count == 1)
        let digest = Digest(of: [1])
        #expect(fixture.root.blind(digest, in: "apr_1") != fixture.root.blind(digest, in: "apr_2"))
        #expect(fixture.root.blind(digest, in: "apr_1") != (try Fixture.root(8)).blind(digest, in: "apr_1"))
    }

    @Test("other values sealed by somebody who has the key are not the ones the record commits to")
    func commitment() async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(1))
        let entry = try #require(try fixture.entries().first)
        let key = try #require(fixture.root.unwrap(fixture.keyStore.keys[0]))
        var values = Disclosures()
        values.add("args", salt: [UInt8](repeating: 0, count: 16)) { $0.value(.emptyObject) }
        values.add("digests", salt: [UInt8](repeating: 1, count: 16)) { $0.value(.emptyObject) }
        let forged = try key.seal(values.payload, leaf: entry.leaf, nonce: entry.nonce)
        #expect(fixture.keys(fixture.root).word(entry, forged) == "contradicts")
    }
}

extension ReadingKeys {
    func word(_ entry: TimelineEntry, _ payload: [UInt8]?) -> String {
        switch values(of: entry, payload: payload) {
        case .none: "none"
        case .opened: "opened"
        case .sealed: "sealed"
        case .erased: "erased"
        case .keyMissing: "key missing"
        case .missing: "missing"
        case .contradicts: "contradicts"
        }
    }
}
