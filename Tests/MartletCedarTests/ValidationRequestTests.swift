import Testing

@testable import MartletCedar

@Suite("Requests, contexts and entities by a schema")
struct ValidationRequestTests {
    private static let text = """
        entity Color enum ["red"];
        entity Team in [Team];
        entity User in [Team] { name: String, color?: Color, home?: { ip: ipaddr, zip?: Long } } tags Set<Long>;
        entity Doc;
        action top;
        action all in top;
        action read in all appliesTo { principal: [User, Color], resource: [Doc], context: { ip: ipaddr, who?: User } };
        """

    private let schema: Schema

    init() throws { schema = try Schema(text: Array(Self.text.utf8)) }

    private func request(
        _ principal: String, _ action: String, _ resource: String, _ context: String
    ) throws -> RequestValidationError? {
        let action = try EntityUID.parse(action)
        do {
            try schema.validate(
                principal: try EntityUID.parse(principal), action: action, resource: try EntityUID.parse(resource),
                context: try Record.parse(json: Array(context.utf8)))
        } catch let error as RequestValidationError {
            return error
        }
        return nil
    }

    @Test("a request that fits is accepted")
    func fits() throws {
        let context = #"{"ip": {"__extn": {"fn": "ip", "arg": "1.2.3.4"}}}"#
        #expect(try request("User::\"a\"", "Action::\"read\"", "Doc::\"a\"", context) == nil)
        #expect(try request("Color::\"red\"", "Action::\"read\"", "Doc::\"a\"", context) == nil)
    }

    @Test("each thing that does not fit is named")
    func misfits() throws {
        let read = try EntityUID.parse("Action::\"read\"")
        let good = #"{"ip": {"__extn": {"fn": "ip", "arg": "1.2.3.4"}}}"#
        func check(_ expected: RequestValidationError, _ principal: String, _ action: String, _ resource: String) throws
        {
            #expect(try request(principal, action, resource, good) == expected)
        }
        let fly = try EntityUID.parse("Action::\"fly\"")
        try check(.unknownAction(fly), "User::\"a\"", "Action::\"fly\"", "Doc::\"a\"")
        let nobody = try #require(Name("Nobody"))
        try check(.unknownPrincipalType(nobody), "Nobody::\"a\"", "Action::\"read\"", "Doc::\"a\"")
        try check(.unknownResourceType(nobody), "User::\"a\"", "Action::\"read\"", "Nobody::\"a\"")
        let team = try #require(Name("Team"))
        try check(.principalType(team, action: read), "Team::\"a\"", "Action::\"read\"", "Doc::\"a\"")
        try check(.resourceType(team, action: read), "User::\"a\"", "Action::\"read\"", "Team::\"a\"")
        let blue = try EntityUID.parse("Color::\"blue\"")
        try check(.unknownEnumeratedEntity(blue), "Color::\"blue\"", "Action::\"read\"", "Doc::\"a\"")
        let user = try #require(Name("User"))
        let all = try EntityUID.parse("Action::\"all\"")
        try check(.principalType(user, action: all), "User::\"a\"", "Action::\"all\"", "Doc::\"a\"")
    }

    @Test(
        "a context of another type is refused",
        arguments: [
            "{}", #"{"ip": "1.2.3.4"}"#, #"{"ip": {"__extn": {"fn": "decimal", "arg": "1.0"}}}"#,
            #"{"ip": {"__extn": {"fn": "ip", "arg": "1.2.3.4"}}, "more": 1}"#,
            #"{"ip": {"__extn": {"fn": "ip", "arg": "1.2.3.4"}}, "who": {"__entity": {"type": "Doc", "id": "a"}}}"#,
        ])
    func context(context: String) throws {
        let error = try request("User::\"a\"", "Action::\"read\"", "Doc::\"a\"", context)
        #expect(error == .context(action: try EntityUID.parse("Action::\"read\"")))
    }

    @Test("by the schema, addresses and entities in a context need no escapes")
    func reading() throws {
        let read = try EntityUID.parse("Action::\"read\"")
        let json = #"{"ip": "1.2.3.4", "who": {"type": "User", "id": "a"}}"#
        let context = try schema.context(json: Array(json.utf8), action: read)
        #expect(context["ip"] == .ip(try #require(IPAddress("1.2.3.4"))))
        #expect(context["who"] == .entity(try EntityUID.parse("User::\"a\"")))
        let fly = try EntityUID.parse("Action::\"fly\"")
        #expect(throws: SchemaReadingError.request(.unknownAction(fly))) {
            try schema.context(json: Array(json.utf8), action: fly)
        }
    }

    @Test("entities that fit are read, and the actions of the schema are added")
    func entities() throws {
        let json = #"""
            [{"uid": {"type": "User", "id": "a"}, "attrs": {"name": "A", "color": {"type": "Color", "id": "red"},
              "home": {"ip": "::1"}}, "parents": [{"type": "Team", "id": "t"}], "tags": {"x": [1, 2]}},
             {"uid": {"type": "Action", "id": "read"}, "attrs": {}, "parents": [{"type": "Action", "id": "all"}]},
             {"uid": {"type": "Action", "id": "all"}, "attrs": {}, "parents": [{"type": "Action", "id": "top"}]}]
            """#
        let store = try schema.entities(json: Array(json.utf8))
        let read = try EntityUID.parse("Action::\"read\"")
        #expect(store.isIn(read, try EntityUID.parse("Action::\"top\"")))
        #expect(store.count == 4)
        #expect(try schema.entities(json: Array("[]".utf8)).count == 3)
    }

    @Test("each thing about an entity that does not fit is named")
    func misfitEntities() throws {
        let name = Record.Field(key: "name", value: .string("A"))
        func error(
            _ uid: String, _ attributes: [Record.Field], _ tags: [Record.Field] = [], in ancestors: String...
        ) throws -> EntityValidationError? {
            do {
                try schema.validate(
                    entity: try EntityUID.parse(uid), attributes: Record(attributes), tags: Record(tags),
                    ancestors: try ancestors.map { try EntityUID.parse($0) })
            } catch let error as EntityValidationError {
                return error
            }
            return nil
        }
        let user = "User::\"a\""
        let blue = try EntityUID.parse("Color::\"blue\"")
        let fly = try EntityUID.parse("Action::\"fly\"")
        #expect(try error(user, [name]) == nil)
        #expect(try error("Nobody::\"a\"", []) == .unknownType(try #require(Name("Nobody"))))
        #expect(try error("Action::\"fly\"", []) == .unknownAction(fly))
        let all = try EntityUID.parse("Action::\"all\"")
        #expect(try error("Action::\"all\"", []) == .actionMismatch(all))
        #expect(try error("Action::\"all\"", [name], in: "Action::\"top\"") == .actionMismatch(all))
        #expect(try error("Action::\"all\"", [], in: "Action::\"top\"") == nil)
        #expect(try error("Color::\"blue\"", []) == .unknownEnumeratedEntity(blue))
        #expect(try error(user, []) == .missingAttribute("name"))
        let more = Record.Field(key: "more", value: .long(1))
        #expect(try error(user, [name, more]) == .unexpectedAttribute("more"))
        let wrong = Record.Field(key: "name", value: .long(1))
        #expect(try error(user, [wrong]) == .attributeType("name", expected: .string))
        let painted = Record.Field(key: "color", value: .entity(blue))
        #expect(try error(user, [name, painted]) == .unknownEnumeratedEntity(blue))
        #expect(try error(user, [name], in: "Doc::\"a\"") == .ancestorType(try #require(Name("Doc"))))
        #expect(try error(user, [name], in: "Color::\"blue\"") == .unknownEnumeratedEntity(blue))
        #expect(try error("Doc::\"a\"", [], [more]) == .unexpectedTag("more"))
        #expect(try error(user, [name], [more]) == .tagType("more", expected: .set(.long)))
    }
}
