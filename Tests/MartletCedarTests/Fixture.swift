import MartletCedar
import Testing

/// Small requests and stores for tests.
enum Fixture {
    static let user = EntityUID(type: "User", id: "alice")
    static let request = Request(
        principal: user, action: EntityUID(type: "Action", id: "read"), resource: EntityUID(type: "File", id: "a"))

    /// alice is in admins, admins is in staff, read is in all, a is in f; alice has attributes and tags; bob does not exist.
    static let entities: EntityStore = {
        let json = """
            [{"uid": {"type": "User", "id": "alice"}, "parents": [{"type": "Group", "id": "admins"}],
              "attrs": {"age": 30, "name": "Alice", "boss": {"__entity": {"type": "User", "id": "bob"}},
                        "address": {"city": "Graz"}},
              "tags": {"team": "core"}},
             {"uid": {"type": "Group", "id": "admins"}, "attrs": {}, "parents": [{"type": "Group", "id": "staff"}]},
             {"uid": {"type": "File", "id": "a"}, "attrs": {}, "parents": [{"type": "Folder", "id": "f"}]},
             {"uid": {"type": "Action", "id": "read"}, "attrs": {}, "parents": [{"type": "Action", "id": "all"}]}]
            """
        do {
            return try EntityStore.parse(json: Array(json.utf8))
        } catch {
            Issue.record("\(error)")
            return .empty
        }
    }()

    /// The decision of one `permit` with this condition, or the kind of its error.
    static func outcome(of condition: String, context: String = "{}") throws -> Outcome {
        let set = try PolicySet.parse("permit (principal, action, resource) when { \(condition) };")
        var request = request
        request.context = try Record.parse(json: Array(context.utf8))
        let response = Authorizer(set).response(to: request, entities: entities)
        if let failure = response.errors.first { return .failure(failure.error.kind) }
        return response.decision == .allow ? .yes : .no
    }

    enum Outcome: Equatable {
        case yes, no
        case failure(EvaluationError.Kind)

        var isFailure: Bool {
            if case .failure = self { true } else { false }
        }
    }
}

extension EntityUID {
    /// For literals of tests only: the type is taken as it is.
    init(type: StaticString, id: Text) {
        guard let name = Name("\(type)") else { fatalError("no name: \(type)") }
        self.init(type: name, id: id)
    }
}
