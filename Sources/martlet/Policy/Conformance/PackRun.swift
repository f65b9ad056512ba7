import MartletCedar
import MartletJSON

/// One case, compared with what its line says.
struct PackRun {
    let item: PackCase
    private let file: String
    private let line: Int
    private(set) var tally: PackTally

    init(_ item: PackCase, file: String, line: Int, tally: PackTally) {
        self.item = item
        self.file = file
        self.line = line
        self.tally = tally
    }

    mutating func run() {
        let requests = item.json.member("requests")?.list ?? []
        tally.begin(requests: requests.count)
        let policies: PolicySet
        do throws(PackRefusal) {
            policies = try item.policies()
        } catch {
            return compare(
                .policies, isSame: item.isRefused, expected: "policies that are read", found: error.reason)
        }
        tally.agree(.policies)
        checkRoundTrip(policies)
        let schema: Schema?
        do {
            schema = try readSchema()
        } catch {
            return compare(.schema, isSame: item.isRefused, expected: "a schema that is read", found: "\(error)")
        }
        if let schema { checkVerdicts(policies, schema) }
        let world = PackWorld(item, schema)
        checkEntities(world)
        let authorizer = Authorizer(policies)
        let results = item.results ?? requests
        for (index, request) in requests.enumerated() {
            check(request, results[index], index, authorizer, world)
        }
    }

    mutating func agree(_ check: PackCheck) { tally.agree(check) }

    mutating func differ(_ check: PackCheck, _ request: Int? = nil, expected: String, found: String) {
        let difference = PackDifference(
            file: file, line: line, id: item.id, request: request, check: check, expected: expected, found: found)
        tally.differ(difference)
    }

    mutating func compare(
        _ check: PackCheck, _ request: Int? = nil, isSame: Bool, expected: @autoclosure () -> String,
        found: @autoclosure () -> String
    ) {
        if isSame { agree(check) } else { differ(check, request, expected: expected(), found: found()) }
    }
}
