package import MartletAudit
import MartletCore

/// What every store of wrapped keys keeps to. Each case is one rule; a test runs all of them on each store.
package enum KeyStoreContract: String, CaseIterable, Sendable, CustomStringConvertible {
    case firstStays = "the first key of a subject and quarter stays, a fresh one is dropped"
    case everyFieldComesBack = "every field of a key comes back"
    case quartersAndSubjects = "another quarter, subject or issuer has a key of its own"
    case onePseudonym = "a subject has one pseudonym in all quarters, two subjects have two"
    case otherRoot = "a key wrapped under another root key is not given out"
    case destroyed = "a destroyed key is gone, its subject is forgotten with the last of its keys"
    case enrolled = "a subject keeps the pseudonym it was given before it had a key"
    case opened = "a pseudonym comes with what opens it, until it is forgotten"
    case oneOfMany = "of many callers at once all get the same key"

    package var description: String { rawValue }

    /// A rule that the store broke.
    package struct Violation: Error, CustomStringConvertible {
        package let description: String
    }

    /// Checks the rule on an empty store. `first` and `second` are two connections to the same data.
    package func check(_ first: any KeyStore, _ second: any KeyStore) async throws {
        let keys = try KeyStoreFixture()
        switch self {
        case .firstStays:
            let one = try await first.key(of: keys.alice, in: keys.summer, else: keys.fresh(1))
            let two = try await second.key(of: keys.alice, in: keys.summer, else: keys.fresh(2))
            try expect(one == two, "the second call gave another key")
        case .everyFieldComesBack:
            let made = try await first.key(of: keys.alice, in: keys.summer, else: keys.fresh(1))
            let found = try await second.key(of: keys.alice, in: keys.summer, else: keys.fresh(2))
            try expect(made == (keys.made(1, for: made.pseudonym)), "the store gave what it was not given")
            try expect(made == found, "a field changed")
        case .quartersAndSubjects:
            let all = [
                try await first.key(of: keys.alice, in: keys.summer, else: keys.fresh(1)),
                try await first.key(of: keys.alice, in: keys.autumn, else: keys.fresh(2, in: keys.autumn)),
                try await first.key(of: keys.bob, in: keys.summer, else: keys.fresh(3)),
                try await first.key(of: keys.otherAlice, in: keys.summer, else: keys.fresh(4)),
                try await first.key(of: .nobody, in: keys.summer, else: keys.fresh(5)),
            ]
            try expect(Set(all.map(\.id)).count == 5, "two share a key")
        case .onePseudonym:
            let summer = try await first.key(of: keys.alice, in: keys.summer, else: keys.fresh(1))
            let autumn = try await second.key(of: keys.alice, in: keys.autumn, else: keys.fresh(2, in: keys.autumn))
            let bob = try await first.key(of: keys.bob, in: keys.summer, else: keys.fresh(3))
            try expect(summer.pseudonym == autumn.pseudonym, "one subject has two pseudonyms")
            try expect(summer.pseudonym != bob.pseudonym, "two subjects have one")
        case .otherRoot:
            let one = try await first.key(of: keys.alice, in: keys.summer, else: keys.fresh(1))
            let two = try await first.key(of: keys.alice, in: keys.summer, else: keys.fresh(2, root: keys.otherRoot))
            try expect(one.id != two.id && two.root == keys.otherRoot, "the key is of no use to its caller")
        case .destroyed:
            let summer = try await first.key(of: keys.alice, in: keys.summer, else: keys.fresh(1))
            let autumn = try await first.key(of: keys.alice, in: keys.autumn, else: keys.fresh(2, in: keys.autumn))
            let other = try await first.key(of: keys.otherAlice, in: keys.summer, else: keys.fresh(3))
            let name = try keys.name()
            var known = try await second.subjects(named: name)
            try expect(known.map(\.subject) == [keys.alice, keys.otherAlice], "both issuers' subjects are known")
            try expect(known.first?.keys == [summer, autumn], "with their keys")
            let one = try await second.destroy([summer.id], forgetting: [summer.pseudonym])
            known = try await first.subjects(named: name)
            try expect(one == 1 && known.first?.keys == [autumn], "one key is gone")
            try expect(known.first?.pseudonym == summer.pseudonym, "its subject is known while it has another")
            let again = try await first.destroy([summer.id, autumn.id], forgetting: [summer.pseudonym])
            known = try await first.subjects(named: name)
            try expect(again == 1, "what is gone is not counted")
            try expect(known.map(\.keys) == [[other]], "the subject is forgotten, the other one is not")
            let fresh = try await first.key(of: keys.alice, in: keys.summer, else: keys.fresh(4))
            try expect(fresh.id != summer.id && fresh.pseudonym != summer.pseudonym, "it comes back as another one")
        case .enrolled:
            let salt = [UInt8](repeating: 1, count: IdentityDisclosure.saltBytes)
            let given = IdentityDisclosure(of: keys.alice, salt: salt).pseudonym
            let kept = try await first.pseudonym(of: keys.alice, salt: salt)
            try expect(kept == given, "it is made with the salt")
            let again = try await second.pseudonym(of: keys.alice, salt: salt.map { $0 + 1 })
            try expect(again == given, "the first one stays")
            let key = try await second.key(of: keys.alice, in: keys.summer, else: keys.fresh(3))
            try expect(key.pseudonym == given, "the key is for it")
        case .opened:
            let key = try await first.key(of: keys.alice, in: keys.summer, else: keys.fresh(1))
            let alone = try await first.pseudonym(of: keys.otherAlice, salt: keys.fresh(2).salt)
            let known = try await second.subjects(named: try keys.name())
            try expect(known.map(\.disclosure?.pseudonym) == [key.pseudonym, alone], "what opens them is kept")
            try expect(known.map(\.disclosure?.subject) == [keys.alice, keys.otherAlice], "and says who they are")
            let whose = try await second.subject(of: alone)
            try expect(whose == keys.otherAlice, "a pseudonym leads to its subject")
            _ = try await first.destroy([], forgetting: [alone])
            let nobody = try await second.subject(of: alone)
            try expect(nobody == nil, "a forgotten one to nobody")
            let left = try await second.subjects(named: try keys.name())
            try expect(left.map(\.pseudonym) == [key.pseudonym], "a name without keys is forgotten too")
        case .oneOfMany:
            let ids = try await withThrowingTaskGroup(of: KeyID.self) { group in
                for number in 1...50 {
                    let store = number.isMultiple(of: 2) ? first : second
                    group.addTask {
                        try await store.key(of: keys.alice, in: keys.summer, else: keys.fresh(UInt8(number))).id
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            try expect(ids.count == 1, "\(ids.count) keys were given out")
        }
    }

    private func expect(_ isTrue: Bool, _ rule: String) throws {
        guard isTrue else { throw Violation(description: "\(self): \(rule)") }
    }
}

/// Subjects, quarters and keys that say which number they are.
struct KeyStoreFixture: Sendable {
    struct Unusable: Error {}
    let alice: DataSubject
    let otherAlice: DataSubject
    let bob: DataSubject
    let summer: Quarter
    let autumn: Quarter
    let root: KeyID
    let otherRoot: KeyID

    init() throws {
        guard let alice = SubjectID("alice"), let bob = SubjectID("bob"), let summer = Quarter("2026-Q3"),
            let autumn = Quarter("2026-Q4"), let root = KeyID("k-1"), let otherRoot = KeyID("k-2")
        else { throw Unusable() }
        self.alice = DataSubject(issuer: "https://issuer.test", name: alice)
        otherAlice = DataSubject(issuer: "https://other.test", name: alice)
        self.bob = DataSubject(issuer: "https://issuer.test", name: bob)
        (self.summer, self.autumn, self.root, self.otherRoot) = (summer, autumn, root, otherRoot)
    }

    func name() throws -> SubjectID {
        guard let name = alice.name else { throw Unusable() }
        return name
    }

    func fresh(_ number: UInt8, in quarter: Quarter? = nil, root: KeyID? = nil) -> FreshKey {
        let salt = [UInt8](repeating: number, count: IdentityDisclosure.saltBytes)
        return FreshKey(salt: salt, root: root ?? self.root) { pseudonym in
            made(number, for: pseudonym, in: quarter, root: root)
        }
    }

    func made(_ number: UInt8, for pseudonym: Pseudonym, in quarter: Quarter? = nil, root: KeyID? = nil) -> WrappedKey?
    {
        KeyID("dk-\(number)").map {
            WrappedKey(
                id: $0, pseudonym: pseudonym, quarter: quarter ?? summer, root: root ?? self.root,
                bytes: [UInt8](repeating: number, count: 61))
        }
    }
}
