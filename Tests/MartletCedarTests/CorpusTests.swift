import Foundation
import MartletCedar
import MartletJSON
import Testing

/// All requests of the public conformance data, against the answers of the reference.
@Suite("Conformance data", .enabled(if: ConformanceData.has("corpus.jsonl.gz"), "the data is not beside the project"))
struct CorpusTests {
    @Test("decision, reasons and errors are those of the reference", arguments: ["corpus.jsonl.gz", "mcp.jsonl.gz"])
    func decisions(file: String) throws {
        var tally = Tally()
        for item in try ConformanceData.cases(file) {
            let set = try item.policies()
            guard let entities = tally.entities(of: item) else { continue }
            tally.compare(item, Authorizer(set), entities)
        }
        tally.report(file)
        #expect(tally.differences == [])
        #expect(tally.agreed > 0)
    }

    @Test(
        "what is printed, or written as JSON, and read again is the same policy set",
        arguments: ["corpus.jsonl.gz", "mcp.jsonl.gz"])
    func roundTrips(file: String) throws {
        for item in try ConformanceData.cases(file) {
            let set = try item.policies()
            let printed = try PolicyBody.parse(Array(set.text.utf8))
            let written = set.policies.filter { $0.link == nil }.map(\.body) + set.templates.map(\.body)
            #expect(printed == written, "\(item.id): text")
            let read = try PolicySet.parse(json: set.json)
            #expect(read.json == set.json, "\(item.id): JSON")
            #expect(read.policies.count == set.policies.count && read.templates.count == set.templates.count)
        }
    }

    @Test("policies that went through JSON answer the same", arguments: ["corpus.jsonl.gz", "mcp.jsonl.gz"])
    func decisionsThroughJSON(file: String) throws {
        var tally = Tally()
        for item in try ConformanceData.cases(file) {
            let set = try PolicySet.parse(json: try item.policies().json)
            guard let entities = tally.entities(of: item) else { continue }
            tally.compare(item, Authorizer(set), entities)
        }
        #expect(tally.differences == [])
    }

    @Test("the index leaves out nothing that has a say", arguments: ["corpus.jsonl.gz", "mcp.jsonl.gz"])
    func index(file: String) throws {
        var count = 0
        for item in try ConformanceData.cases(file) {
            guard let entities = try? item.entities(), let requests = try? item.requests() else { continue }
            let authorizer = Authorizer(try item.policies())
            for request in requests.map(\.request) {
                count += 1
                let answer = authorizer.response(to: request, entities: entities)
                #expect(answer == authorizer.responseWithoutIndex(to: request, entities: entities), "\(item.id)")
            }
        }
        #expect(count > 0)
    }
}

/// What agreed, what differed, and what could not be asked.
struct Tally {
    private(set) var agreed = 0
    private(set) var differences: [String] = []
    /// Requests that the reference refused by their schema.
    private(set) var refused = 0
    /// Cases that need a schema to be read.
    private(set) var unread: [String] = []

    /// Cases whose entities leave `__entity` out, which only a schema can tell: `SchemaDecisionTests` asks them.
    private static let implicit: Set<String> = [
        "tests/example_use_cases/4d", "tests/example_use_cases/4e", "tests/example_use_cases/4f", "tests/multi/3",
        "tests/multi/4",
    ]

    mutating func entities(of item: ConformanceCase) -> EntityStore? {
        guard !Self.implicit.contains(item.id) else {
            unread.append("\(item.id): needs its schema, see SchemaDecisionTests")
            return nil
        }
        do {
            return try item.entities()
        } catch {
            unread.append("\(item.id): \(error)")
            return nil
        }
    }

    mutating func compare(_ item: ConformanceCase, _ authorizer: Authorizer, _ entities: EntityStore) {
        do {
            for (index, request) in try item.requests().enumerated() {
                guard let decision = request.decision else {
                    refused += 1
                    continue
                }
                let answer = authorizer.response(to: request.request, entities: entities)
                if answer.decision == decision, Set(answer.determining) == request.reasons,
                    Set(answer.errors.map(\.policy)) == request.errors
                {
                    agreed += 1
                } else {
                    differences.append("\(item.id) request \(index): \(answer), expected \(request)")
                }
            }
        } catch {
            unread.append("\(item.id): \(error)")
        }
    }

    func report(_ file: String) {
        print(
            "\(file): \(agreed) agree, \(differences.count) differ, \(refused) refused by schema, \(unread.count) unread"
        )
        for line in differences.prefix(5) + unread.prefix(5) { print("  \(line)") }
    }
}
