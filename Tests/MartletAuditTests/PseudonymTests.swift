import MartletApproval
import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import Testing

/// People stand in records by commitments to their names.
struct PseudonymTests {
    private let issuer = "https://issuer.test"

    private func subject(_ name: String, _ issuer: String = "https://issuer.test") throws -> DataSubject {
        DataSubject(issuer: issuer, name: try Fixture.subject(name))
    }

    @Test("a pseudonym is the SHA-256 of an SD-JWT disclosure, byte for byte")
    func golden() throws {
        let disclosure = IdentityDisclosure(of: try subject("anna"), salt: Array(0..<16))
        let json = #"["AAECAwQFBgcICQoLDA0ODw","sub_id",{"format":"iss_sub","iss":"https://issuer.test","sub":"anna"}]"#
        #expect(disclosure.text == Base64URL.encode(Array(json.utf8)))
        #expect(
            disclosure.pseudonym.rawValue == "psn-" + Base64URL.encode(Digest(of: Array(disclosure.text.utf8)).bytes))
        let nameless = IdentityDisclosure(of: try subject("anna", ""), salt: Array(0..<16))
        #expect(
            Base64URL.decode(nameless.text)
                == Array(#"["AAECAwQFBgcICQoLDA0ODw","sub_id",{"format":"opaque","id":"anna"}]"#.utf8))
        for made in [disclosure, nameless] { #expect(IdentityDisclosure(made.text) == made) }
        for text in ["", "e30", "W10", disclosure.text + "A", "!"] { #expect(IdentityDisclosure(text) == nil) }
    }

    @Test("another salt, name or issuer is another pseudonym")
    func different() throws {
        let salt = [UInt8](repeating: 1, count: 16)
        let all = [
            IdentityDisclosure(of: try subject("anna"), salt: salt),
            IdentityDisclosure(of: try subject("anna"), salt: salt.map { $0 + 1 }),
            IdentityDisclosure(of: try subject("bert"), salt: salt),
            IdentityDisclosure(of: try subject("anna", "https://other.test"), salt: salt),
        ]
        #expect(Set(all.map(\.pseudonym)).count == 4)
    }

    @Test("only the two forms are pseudonyms")
    func forms() {
        let hash = String(repeating: "A", count: 43)
        #expect(Pseudonym("psn-" + hash) != nil && Pseudonym("psn-" + String(repeating: "0", count: 32)) != nil)
        for text in [
            "psn-", "psn-" + hash + "A", "psn" + hash, "psn-" + String(repeating: "g", count: 32), hash,
            "psn-" + String(repeating: "=", count: 43),
        ] {
            #expect(Pseudonym(text) == nil, "\(text)")
        }
    }

    @Test("no name of a person is in any leaf of a call with approval, and a listed agent is")
    func leaves() async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        for leaf in fixture.store.leaves {
            let text = String(decoding: leaf, as: UTF8.self)
            #expect(!text.contains("alice") && !text.contains("olivia"), "\(text)")
        }
        let intent = try #require(try fixture.entries().first { $0.type == .callIntent })
        #expect(intent.agent == "finance-bot")
        #expect(try await intent.user == fixture.recorded("alice"))
        #expect(try await intent.pseudonyms.map(\.rawValue) == [fixture.recorded("alice"), fixture.recorded("olivia")])
    }

    @Test("an agent that is not listed may be a person, and stands there by a pseudonym")
    func unlisted() async throws {
        let fixture = try Fixture()
        try await fixture.complete(
            try Fixture.call(by: try Fixture.principal(agent: "carol", user: nil, actors: ["dora"])))
        let leaf = String(decoding: try #require(fixture.store.leaves.first), as: UTF8.self)
        #expect(!leaf.contains("carol") && !leaf.contains("dora"))
        #expect(try await fixture.entries().first?.agent == fixture.recorded("carol"))
    }

    @Test("a name that looks like a pseudonym is not believed to be a machine's")
    func lookalike() async throws {
        let name = "psn-" + String(repeating: "A", count: 43)
        let listed = ListedNames(agents: [try subject(name)], issuers: [issuer])
        let fixture = try Fixture(listed: listed)
        #expect(try await fixture.recorded(name) != name)
    }

    @Test("a revocation of a name counts under each issuer")
    func revocation() async throws {
        let fixture = try Fixture(listed: ListedNames(issuers: [issuer, "https://other.test"]))
        _ = try await fixture.log.recordEvent(
            .credentialRevoked(CredentialEvent(subject: try Fixture.subject("anna")), reason: "left"))
        let entry = try #require(try fixture.entries().last)
        let names = entry.document["derived"]?["subjects"]?.elements.compactMap(\.string) ?? []
        #expect(
            try await Set(names) == [
                fixture.recorded("anna"), #require(fixture.log.name(of: subject("anna", "https://other.test"))),
            ])
        #expect(entry.text("derived", "subject") == names.first && names.count == 2)
    }

    @Test("without the vault a call of a person is refused, and its denial says that a name is missing")
    func outage() async throws {
        let fixture = try Fixture()
        fixture.keyStore.setOutage(true)
        let call = try Fixture.call()
        await #expect(throws: AuditError.keyUnavailable) {
            _ = try await fixture.log.recordIntent(try fixture.authorized(call), context: Fixture.context())
        }
        let denial = DenialFacts(call, stage: .audit, reason: "audit_unavailable", context: Fixture.context())
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)
        let entry = try #require(try fixture.entries().last)
        #expect(entry.type == .callDenied && entry.agent == "finance-bot" && entry.user == nil)
        #expect(entry.text("derived", "unnamed") == "no_pseudonym")
        #expect(!String(decoding: entry.leaf, as: UTF8.self).contains("alice"))
        let who = try fixture.story(1).answers(fixture.values()).who.text
        #expect(who.contains("names left out") && !who.contains("on its own"))
    }

    @Test("a known caller costs no look into the store")
    func cached() async throws {
        let fixture = try Fixture()
        let principal = try Fixture.principal()
        try await fixture.complete(try Fixture.call(1, by: principal))
        fixture.keyStore.setOutage(true)
        try await fixture.complete(try Fixture.call(2, by: principal))
        // Another token of the same person.
        try await fixture.complete(try Fixture.call(3, by: try Fixture.principal()))
        #expect(Set(try fixture.entries().compactMap(\.user)).count == 1)
    }

    @Test("an erased person is told as erased, and comes back as somebody else")
    func erased() async throws {
        let fixture = try Fixture()
        let principal = try Fixture.principal()
        try await fixture.complete(try Fixture.call(1, by: principal))
        let before = try await fixture.recorded("alice")
        let eraser = Eraser(
            audit: fixture.log, store: fixture.keyStore, vault: fixture.vault,
            approvals: ApprovalDesk(store: MemoryApprovalStore()), found: Erasures())
        let by = LocalPeer(user: 1, process: 2)
        _ = try await eraser.erase(
            ErasureOrder(
                name: try Fixture.subject("alice"), issuer: nil, quarter: nil, matter: "T-1", reason: "r", by: by))
        try await fixture.complete(try Fixture.call(2, by: principal))
        let users = try fixture.entries().compactMap(\.user)
        #expect(users.first == before && users.count == 2 && users.last != before, "\(users)")
        let names = fixture.keys(fixture.root).names
        #expect(names.text(before) == before + " (erased)")
        #expect(names.text(try #require(users.last)) == "alice")
        #expect(try fixture.story(1).answers(fixture.values()).who.text.contains(before + " (erased)"))
        #expect(try fixture.story(2).answers(fixture.values()).who.text.contains("on behalf of alice"))
    }

    @Test("somebody of whom nothing is sealed can be erased")
    func nameAlone() async throws {
        let fixture = try Fixture()
        let psn = try await fixture.recorded("olivia")
        let eraser = Eraser(
            audit: fixture.log, store: fixture.keyStore, vault: fixture.vault,
            approvals: ApprovalDesk(store: MemoryApprovalStore()), found: Erasures())
        let by = LocalPeer(user: 1, process: 2)
        var order = ErasureOrder(
            name: try Fixture.subject("olivia"), issuer: nil, quarter: Quarter("2026-Q4"), matter: "T-1", reason: "r",
            by: by)
        await #expect(throws: ErasureError.nothingToErase) { try await eraser.erase(order) }
        order.quarter = nil
        let report = try await eraser.erase(order)
        #expect(report.facts.keys.isEmpty && report.facts.subject.rawValue == psn)
        #expect(try await fixture.recorded("olivia") != psn)
    }

    @Test("readers name who is known, whoever else the record speaks of")
    func read() async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        let story = try fixture.story(2)
        #expect(story.answers(fixture.values()).who.text.contains("on behalf of alice"))
        #expect(story.answers(fixture.values()).approval.text.contains("granted by olivia"))
        let alice = try #require(Pseudonym(try await fixture.recorded("alice")))
        let some = fixture.values().naming(fixture.values().names.restricted(to: [alice]))
        #expect(story.answers(some).who.text.contains("on behalf of alice"))
        #expect(story.answers(some).approval.text.contains("granted by psn-"))
        #expect(story.answers(SealedValues(keys: .none) { _ in nil }).who.text.contains("on behalf of psn-"))
    }
}
