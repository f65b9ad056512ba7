import MartletCedar

/// The schema, entities and requests that policies of the fuzzer meet. The dictionary has their names.
struct CedarWorld: Sendable {
    let schema: Schema
    let entities: EntityStore
    let requests: [Request]

    /// nil when one of the texts below is wrong, which every input then reports.
    static let shared: CedarWorld? = {
        do {
            return try CedarWorld()
        } catch {
            return nil
        }
    }()

    private init() throws {
        let schema = try Schema(text: Array(Self.schemaText.utf8))
        self.schema = schema
        entities = try schema.entities(json: Array(Self.entitiesText.utf8))
        let users = try ["a", "b", "nobody"].map { try EntityUID.parse("User::\"\($0)\"") }
        let files = try ["f", "nothing"].map { try EntityUID.parse("File::\"\($0)\"") }
        let action = try EntityUID.parse("Action::\"read\"")
        let contexts = try Self.contexts.map { try schema.context(json: Array($0.utf8), action: action) }
        requests = users.flatMap { user in
            files.flatMap { file in
                contexts.map { Request(principal: user, action: action, resource: file, context: $0) }
            }
        }
    }

    private static let schemaText = """
        type Limits = {n: Long, d: decimal, o?: {s: String}};
        entity Group in [Group] {};
        entity User in [Group] {n: Long, s: String, u?: User, l: Limits, e: Set<User>} tags Set<String>;
        entity File in [Group] {owner: User, b: Bool, "x y"?: Long} tags Long;
        entity Color enum ["red", "green"];
        action all;
        action read in [all] appliesTo {
            principal: [User], resource: [File],
            context: {n: Long, s: String, b?: Bool, i: ipaddr, d: decimal, t: datetime, p: duration, e: Set<Long>, c?: Color}
        };
        action write in [all] appliesTo {principal: [User, Group], resource: [File, Color], context: {b: Bool}};
        """
    private static let entitiesText = """
        [{"uid": {"type": "User", "id": "a"}, "parents": [{"type": "Group", "id": "g"}], "tags": {"t": ["a", "b"], "": []},
          "attrs": {"n": 9223372036854775807, "s": "caf\u{e9}", "u": {"type": "User", "id": "b"}, "e": [],
                    "l": {"n": -9223372036854775808, "d": "922337203685477.5807", "o": {"s": ""}}}},
         {"uid": {"type": "User", "id": "b"}, "parents": [],
          "attrs": {"n": 0, "s": "cafe\u{301}", "e": [{"type": "User", "id": "a"}], "l": {"n": 1, "d": "-0.0001"}}},
         {"uid": {"type": "File", "id": "f"}, "parents": [{"type": "Group", "id": "g"}], "tags": {"t": 1},
          "attrs": {"owner": {"type": "User", "id": "nobody"}, "b": true, "x y": -1}},
         {"uid": {"type": "Group", "id": "g"}, "attrs": {}, "parents": [{"type": "Group", "id": "h"}]}]
        """
    private static let contexts = [
        """
        {"n": -9223372036854775808, "s": "a*b", "b": true, "i": "10.0.0.0/8", "d": "1.0", "t": "9999-12-31", "e": [1, 2],
         "p": "9223372036854775807ms", "c": {"type": "Color", "id": "red"}}
        """,
        #"{"n": 1, "s": "", "i": "::1", "d": "-922337203685477.5808", "t": "0000-01-01", "e": [], "p": "-1d"}"#,
    ]
}
