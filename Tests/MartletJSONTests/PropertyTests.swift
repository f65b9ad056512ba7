import MartletJSON
import Testing

@Suite("Properties of random documents")
struct PropertyTests {
    @Test("every spelling of a document reads as that document", arguments: 0..<UInt64(200))
    func reading(seed: UInt64) throws {
        var generator = SplitMix64(state: seed)
        let model = Model.random(depth: 5, &generator)
        for _ in 0..<3 {
            let text = model.spelled(&generator)
            #expect(Model(try Fixture.parse(text)) == model)
        }
    }

    @Test("a serialised document reads as itself, and serialising it again changes nothing", arguments: 0..<UInt64(200))
    func serialising(seed: UInt64) throws {
        var generator = SplitMix64(state: seed)
        let model = Model.random(depth: 5, &generator)
        let first = try Fixture.parse(model.spelled(&generator)).serialized()
        let second = try Fixture.parse(model.spelled(&generator)).serialized()
        #expect(first == second)
        let again = try JSONValue.parse(first)
        #expect(Model(again) == model)
        #expect(again.serialized() == first)
    }

    @Test(
        "the canonical form does not know spelling or member order, and is its own canonical form",
        arguments: 0..<UInt64(200))
    func canonicalForm(seed: UInt64) throws {
        var generator = SplitMix64(state: seed)
        let model = Model.random(depth: 5, &generator)
        let canonical = try Fixture.parse(model.spelled(&generator)).canonical()
        #expect(try Fixture.parse(model.shuffled(&generator).spelled(&generator)).canonical() == canonical)
        let again = try JSONValue.parse(canonical)
        #expect(try again.canonical() == canonical)
        #expect(again.serialized() == canonical)
    }

    @Test("damaged documents are refused or read, and what is read keeps these properties", arguments: 0..<UInt64(200))
    func damage(seed: UInt64) throws {
        var generator = SplitMix64(state: seed)
        let bytes = Array(Model.random(depth: 4, &generator).spelled(&generator).utf8)
        for _ in 0..<50 {
            let damaged = Self.damage(bytes, &generator)
            guard Fixture.error(damaged) == nil else { continue }
            let value = try JSONValue.parse(damaged)
            let serialized = value.serialized()
            #expect(Model(try JSONValue.parse(serialized)) == Model(value))
            #expect(try JSONValue.parse(serialized).serialized() == serialized)
        }
    }

    private static func damage(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let index = Int.random(in: 0..<max(damaged.count, 1), using: &generator)
            let byte = Array(#"{}[]",:\u0e-+.1tn"#.utf8).randomElement(using: &generator) ?? 0
            switch Int.random(in: 0..<4, using: &generator) {
            case 0 where !damaged.isEmpty: damaged.remove(at: index)
            case 1: damaged.insert(byte, at: index)
            case 2 where !damaged.isEmpty: damaged[index] = byte
            default: damaged.insert(UInt8.random(in: .min ... .max, using: &generator), at: index)
            }
        }
        return damaged
    }
}

extension Model {
    /// The same document with the members of every object in another order.
    fileprivate func shuffled(_ generator: inout SplitMix64) -> Model {
        switch self {
        case .array(let elements): .array(elements.map { $0.shuffled(&generator) })
        case .object(let members):
            .object(
                members.map { Member(key: $0.key, value: $0.value.shuffled(&generator)) }.shuffled(using: &generator))
        case .null, .bool, .number, .string: self
        }
    }
}
