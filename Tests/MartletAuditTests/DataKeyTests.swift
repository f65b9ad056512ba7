import MartletCore
import MartletJSON
import MartletTesting
import Testing

@testable import MartletAudit

/// A key for each subject and quarter, durable before anything is sealed under it.
struct DataKeyTests {
    private static func subject(_ name: String, _ issuer: String = "https://issuer.test") throws -> DataSubject {
        DataSubject(issuer: issuer, name: try Fixture.subject(name))
    }

    @Test("the person has the key where there is one, else the agent; another issuer's are others")
    func whose() async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(1))
        try await fixture.complete(try Fixture.call(2, by: try Fixture.principal(agent: "other-bot")))
        try await fixture.complete(try Fixture.call(3, by: try Fixture.principal(user: nil)))
        let keys = try fixture.entries().compactMap(\.sealed?.key)
        #expect(keys.count == 6)
        #expect(Set(keys[0..<4]).count == 1, "two agents act for one person")
        #expect(keys[4] == keys[5])
        #expect(keys[4] != keys[0])
        #expect(fixture.keyStore.keys.map(\.id) == [keys[0], keys[4]])
    }

    @Test("approvals, their rulings and the intent are sealed under the key of the person who asks")
    func approvals() async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        #expect(Set(try fixture.entries().compactMap(\.sealed?.key)).count == 1)
    }

    @Test(
        "a quarter begins with its first microsecond and ends before the next one's",
        arguments: [
            ("2026-09-30T23:59:59.999999Z", "2026-Q3"), ("2026-10-01T00:00:00.000000Z", "2026-Q4"),
            ("2026-12-31T23:59:59.999999Z", "2026-Q4"), ("2027-01-01T00:00:00.000000Z", "2027-Q1"),
        ])
    func quarters(text: String, name: String) throws {
        let time = try #require(UnixTime(rfc3339: text))
        let quarter = try #require(Quarter(of: time))
        #expect(quarter.description == name)
        #expect(quarter.contains(time))
        #expect(Quarter(name) == quarter)
        let others = ["2026-Q3", "2026-Q4", "2027-Q1"].filter { $0 != name }
        for other in others { #expect(Quarter(other)?.contains(time) == false) }
    }

    @Test(
        "what is no quarter is refused",
        arguments: ["2026-Q0", "2026-Q5", "2026-q1", "26-Q1", "2026-Q01", "2026Q1", ""])
    func notQuarters(text: String) {
        #expect(Quarter(text) == nil)
    }

    @Test("the next quarter has another key; the call that began before keeps its own to the end")
    func nextQuarter() async throws {
        let fixture = try Fixture()
        let recorded = try await fixture.log.recordIntent(
            try fixture.authorized(try Fixture.call(1)), context: Fixture.context())
        fixture.clock.advance(by: .days(92))
        _ = try await fixture.log.recordOutcome(
            of: recorded.intent, try Fixture.ended(result: "{}"), answering: Fixture.draft)
        try await fixture.complete(try Fixture.call(2))
        let keys = try fixture.entries().compactMap(\.sealed?.key)
        #expect(keys[0] == keys[1])
        #expect(keys[1] != keys[2])
        #expect(Set(fixture.keyStore.keys.map(\.quarter)).count == 2)
        #expect(Set(fixture.keyStore.keys.map(\.pseudonym)).count == 1)
    }

    @Test("while the key is in memory the store is not asked")
    func inMemory() async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(1))
        fixture.keyStore.setOutage(true)
        try await fixture.complete(try Fixture.call(2))
        #expect(fixture.store.leaves.count == 4)
    }

    @Test(
        "a call whose key is not known to be durable is not recorded and may not be sent",
        arguments: [MemoryKeyStore.Failure.failBeforeWrite, .failAfterWrite])
    func keyFirst(failure: MemoryKeyStore.Failure) async throws {
        let fixture = try Fixture()
        fixture.keyStore.inject(failure, atWrite: 1)
        let authorized = try fixture.authorized(try Fixture.call(1))
        await #expect(throws: AuditError.keyUnavailable) {
            _ = try await fixture.log.recordIntent(authorized, context: Fixture.context())
        }
        #expect(fixture.store.attempts == 0, "nothing was sealed before its key")
        // The next call finds the key that was kept, or makes one.
        try await fixture.complete(try Fixture.call(2))
        #expect(fixture.keyStore.keys.count == 1)
        #expect(try fixture.entries().first?.sealed?.key == fixture.keyStore.keys[0].id)
    }

    @Test("a list is not shown without a key, a denial is recorded without what it would seal")
    func withoutKey() async throws {
        let fixture = try Fixture()
        fixture.keyStore.setOutage(true)
        let list = ListFacts(
            principal: try Fixture.principal(), upstream: try Fixture.upstream(),
            shown: [.tool(try #require(ToolName("read_invoice")))], hidden: 3, context: Fixture.context())
        await #expect(throws: AuditError.keyUnavailable) {
            _ = try await fixture.log.recordList(list, answering: Fixture.draft)
        }
        let denial = DenialFacts(try Fixture.call(8), stage: .grant, reason: "no_grant", context: Fixture.context())
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)
        let entry = try #require(try fixture.entries().first)
        #expect(entry.type == .callDenied)
        #expect(entry.sealed == nil)
        #expect(entry.text("derived", "unsealed") == "no_key")
        #expect(fixture.store.entries[0].payload == nil)
    }

    @Test("a wrapped key opens for its own name, subject, quarter and root key only")
    func wrapping() throws {
        let root = try Fixture.root()
        let (id, other) = (try #require(KeyID("dk-1")), try #require(KeyID("dk-2")))
        let pseudonyms = ["0", "1"].compactMap { Pseudonym("psn-" + String(repeating: $0, count: 32)) }
        let quarters = ["2026-Q3", "2026-Q4"].compactMap { Quarter($0) }
        let bytes = [UInt8](repeating: 5, count: 32)
        let wrapped = try #require(
            root.wrap(bytes, id: id, of: pseudonyms[0], in: quarters[0], nonce: [UInt8](repeating: 1, count: 12)))
        #expect(wrapped.bytes.count == 61)
        #expect(root.unwrap(wrapped)?.id == id)
        func changed(
            id: KeyID? = nil, pseudonym: Pseudonym? = nil, quarter: Quarter? = nil, root: KeyID? = nil,
            bytes: [UInt8]? = nil
        ) -> WrappedKey {
            WrappedKey(
                id: id ?? wrapped.id, pseudonym: pseudonym ?? wrapped.pseudonym, quarter: quarter ?? wrapped.quarter,
                root: root ?? wrapped.root, bytes: bytes ?? wrapped.bytes)
        }
        #expect(root.unwrap(changed(id: other)) == nil)
        #expect(root.unwrap(changed(pseudonym: pseudonyms[1])) == nil)
        #expect(root.unwrap(changed(quarter: quarters[1])) == nil)
        #expect(root.unwrap(changed(root: other)) == nil)
        #expect(try Fixture.root(8).unwrap(wrapped) == nil)
        for place in wrapped.bytes.indices {
            var bytes = wrapped.bytes
            bytes[place] ^= 1
            #expect(root.unwrap(changed(bytes: bytes)) == nil, "byte \(place)")
        }
    }

    @Test("a key that was read before keys were forgotten is not kept: it may be destroyed")
    func forgotten() throws {
        let key = try #require(try Fixture.root().unwrap(try Self.wrapped()))
        let alice = try Self.subject("alice")
        let time = UnixTime(seconds: 1_795_374_000)
        var cache = KeyCache(capacity: 2)
        let seen = cache.erasures
        cache.forget()
        let stale = cache.keep(key, of: alice, since: seen)
        #expect(!stale)
        #expect(cache.key(of: alice, at: time) == nil)
        let fresh = cache.keep(key, of: alice, since: cache.erasures)
        #expect(fresh)
        #expect(cache.key(of: alice, at: time) === key)
        cache.forget()
        #expect(cache.key(of: alice, at: time) == nil)
    }

    @Test("the cache holds at most twice its capacity, and keeps what is asked for")
    func bounded() throws {
        let key = try #require(try Fixture.root().unwrap(try Self.wrapped()))
        let time = UnixTime(seconds: 1_795_374_000)
        var cache = KeyCache(capacity: 2)
        let busy = try Self.subject("busy")
        _ = cache.keep(key, of: busy, since: 0)
        for number in 0..<10 {
            _ = cache.keep(key, of: try Self.subject("s\(number)"), since: 0)
            #expect(cache.key(of: busy, at: time) === key)
        }
        let known = try (0..<10).filter { cache.key(of: try Self.subject("s\($0)"), at: time) != nil }
        #expect(known.count <= 3)
        #expect(known.contains(9))
    }

    private static func wrapped() throws -> WrappedKey {
        let pseudonym = try #require(Pseudonym("psn-" + String(repeating: "0", count: 32)))
        let (id, quarter) = (try #require(KeyID("dk-1")), try #require(Quarter("2026-Q4")))
        let root = try Fixture.root()
        return try #require(
            root.wrap(
                [UInt8](repeating: 5, count: 32), id: id, of: pseudonym, in: quarter,
                nonce: [UInt8](repeating: 1, count: 12)))
    }
}
