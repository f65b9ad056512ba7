import Foundation
import MartletCedar
import MartletJSON
import Testing

/// Whatever is hidden of a request and of the entities: what is left, completed, answers as everything does.
@Suite("Residuals of known requests")
struct PartialSoundnessTests {
    @Test(
        "residuals answer as the policies do, and a decision that is known is that of every completion",
        .enabled(if: ConformanceData.has("corpus.jsonl.gz"), "the data is not beside the project"),
        arguments: ["corpus.jsonl.gz", "mcp.jsonl.gz"])
    func data(file: String) throws {
        var tally = PartialTally(seed: 18)
        for item in try ConformanceData.cases(file) { try tally.compare(item) }
        tally.report(file)
        #expect(tally.differences == [])
        #expect(tally.decided > 0 && tally.open > 0)
    }

    /// Source: Cedar RFC 95, section "Basic example".
    @Test(
        "of the sample of the RFC is left what it says",
        .enabled(if: ConformanceData.has("extra/cli-sample-data/tpe_rfc"), "the data is not beside the project"),
        arguments: [
            (Bool?.some(false), ["resource.isPublic"]), (nil, ["resource.isPublic", "context.hasMFA && mine"]),
        ])
    func sample(hasMFA: Bool?, conditions: [String]) throws {
        let folder = "extra/cli-sample-data/tpe_rfc/"
        let schema = try Schema(text: try SchemaData.file(folder + "schema.cedarschema"))
        let policies = try PolicySet.parse(try SchemaData.file(folder + "policies.cedar"))
        let entities = try EntityStore.parse(json: try SchemaData.file(folder + "entities.json"))
        let context = hasMFA.map { Record([Record.Field(key: "hasMFA", value: .bool($0))]) }
        let request = PartialRequest(
            principal: .known(EntityUID(type: "User", id: "Alice")), action: EntityUID(type: "Action", id: "View"),
            resource: .any(EntityUID(type: "Document", id: "").type),
            context: context.map { .known($0) } ?? .unknown)
        let authorizer = try PartialAuthorizer(policies, schema: schema)
        let response = try authorizer.response(to: request, entities: PartialEntities(entities))
        let mine = "resource.owner == User::\"Alice\""
        #expect(
            response.residuals.flatMap(\.body.conditions).map(\.body.description)
                == conditions.map { $0.replacing("mine", with: mine) })
        #expect(response.decision == nil)
    }
}

/// Hides parts of requests at random, and asks twice.
struct PartialTally {
    private(set) var decided = 0
    private(set) var open = 0
    private(set) var differences: [String] = []
    private var chance: SeededChance

    init(seed: UInt64) { chance = SeededChance(state: seed) }

    mutating func compare(_ item: ConformanceCase) throws {
        guard let schema = try? Schema(text: Array((item.json["schema"]?.string ?? "").utf8)),
            let policies = try? item.policies(), let partial = try? PartialAuthorizer(policies, schema: schema)
        else { return }
        let authorizer = Authorizer(policies)
        for (index, answer) in try item.answers().enumerated() {
            guard let (request, store) = answer.read(by: schema, item) else { continue }
            let full = authorizer.response(to: request, entities: store)
            for _ in 0..<3 {
                let hidden = hiding(request)
                let entities = PartialEntities(store.entities.compactMap { hiding($0, store) })
                let found = try partial.response(to: hidden, entities: entities)
                if found.decision == nil { open += 1 } else { decided += 1 }
                let completed = try found.response(to: request, entities: store)
                if completed != full || (found.decision ?? full.decision) != full.decision {
                    differences.append("\(item.id) request \(index): \(hidden): \(completed), expected \(full)")
                }
            }
        }
    }

    private mutating func hiding(_ request: Request) -> PartialRequest {
        let context: PartialRequest.Context =
            chance.bool(of: 3)
            ? .known(request.context) : .partial(Record(request.context.fields.filter { _ in chance.bool(of: 2) }))
        return PartialRequest(
            principal: chance.bool(of: 2) ? .known(request.principal) : .any(request.principal.type),
            action: request.action,
            resource: chance.bool(of: 2) ? .known(request.resource) : .any(request.resource.type), context: context)
    }

    /// nil when nothing at all is said about the entity.
    private mutating func hiding(_ entity: Entity, _ store: EntityStore) -> PartialEntity? {
        guard !chance.bool(of: 3) else { return nil }
        return PartialEntity(
            entity.uid, attributes: chance.bool(of: 4) ? nil : entity.attributes,
            tags: chance.bool(of: 4) ? nil : entity.tags,
            ancestors: chance.bool(of: 4) ? nil : store.ancestors(of: entity.uid))
    }

    func report(_ file: String) {
        print("\(file) in parts: \(decided) decided, \(open) open, \(differences.count) differ")
        for line in differences.prefix(3) { print("  \(line)") }
    }
}

/// The same numbers for the same seed. Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators".
struct SeededChance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True once in `count` times.
    mutating func bool(of count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}
