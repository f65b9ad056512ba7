import MartletJSON
import Testing

@testable import MartletCedar

/// Each of these holds one rule alone: take the rule out, and one of them is red (docs/policy-tests.md).
@Suite("Each rule of what fits a schema")
struct ConformanceRuleTests {
    private static let user = EntityUID(type: "User", id: "a")
    private static let record = RecordType([
        .init(name: "a", type: .long, isRequired: true), .init(name: "b", type: .string, isRequired: false),
    ])
    private static func field(_ key: Text, _ value: Value) -> Record.Field { .init(key: key, value: value) }

    /// One value of each type that has values.
    private static let values: [(type: CedarType, value: Value)] = [
        (.bool, .bool(true)), (.long, .long(1)), (.string, .string("a")), (.entity(user.type), .entity(user)),
        (.set(.long), .set(ValueSet([.long(1)]))), (.set(.string), .set(ValueSet([.string("a")]))),
        (.record(record), .record(Record([field("a", .long(1))]))),
        (.extension(.decimal), .decimal(Decimal(tenThousandths: 1))),
        (.extension(.ipaddr), .ip(IPAddress(bits: 1, prefix: 32, isV6: false))),
        (.extension(.datetime), .datetime(Datetime(milliseconds: 0))),
        (.extension(.duration), .duration(Duration(milliseconds: 0))),
    ]

    @Test("a value has its own type and no other", arguments: values.indices)
    func types(index: Int) {
        for other in Self.values.indices {
            #expect(Self.values[index].type.contains(Self.values[other].value) == (index == other))
        }
    }

    @Test(
        "a value of the right kind may be of another type",
        arguments: [
            (CedarType.entity(EntityUID(type: "Group", id: "").type), Value.entity(user)),
            (.set(.long), .set(ValueSet([.long(1), .string("a")]))), (.boolean(.true), .bool(false)),
            (.boolean(.false), .bool(true)), (.record(record), .record(.empty)),
            (.record(record), .record(Record([field("a", .string("a"))]))),
            (.record(record), .record(Record([field("a", .long(1)), field("b", .long(1))]))),
            (.record(record), .record(Record([field("a", .long(1)), field("c", .long(1))]))),
        ])
    func kinds(type: CedarType, value: Value) {
        #expect(!type.contains(value))
    }

    @Test("what is optional may be there or not")
    func optional() {
        let both = Record([Self.field("a", .long(1)), Self.field("b", .string("b"))])
        #expect(Self.record.contains(both))
    }

    private static func schema() throws -> Schema {
        let text = """
            entity Color enum ["red"];
            entity Box { colors?: Set<Color>, best?: { color: Color } } tags Color;
            entity User;
            action all;
            action paint in [all] appliesTo { principal: User, resource: Color, context: { colors: Set<Color> } };
            """
        return try Schema(text: Array(text.utf8))
    }

    private static let blue = EntityUID(type: "Color", id: "blue")

    @Test(
        "an entity that cannot be is found wherever it is",
        arguments: [
            ([field("colors", .set(ValueSet([.entity(blue)])))], []),
            ([field("best", .record(Record([field("color", .entity(blue))])))], []),
            ([], [field("any", .entity(blue))]),
        ] as [([Record.Field], [Record.Field])])
    func impossible(attributes: [Record.Field], tags: [Record.Field]) throws {
        #expect(throws: EntityValidationError.unknownEnumeratedEntity(Self.blue)) {
            try Self.schema().validate(
                entity: EntityUID(type: "Box", id: "a"), attributes: Record(attributes), tags: Record(tags),
                ancestors: [])
        }
    }

    @Test("a request is about what can be, all over")
    func requests() throws {
        let schema = try Self.schema()
        let (paint, red) = (EntityUID(type: "Action", id: "paint"), EntityUID(type: "Color", id: "red"))
        func validate(_ resource: EntityUID, _ color: EntityUID) throws {
            let context = Record([Self.field("colors", .set(ValueSet([.entity(color)])))])
            try schema.validate(principal: Self.user, action: paint, resource: resource, context: context)
        }
        try validate(red, red)
        #expect(throws: RequestValidationError.unknownEnumeratedEntity(Self.blue)) { try validate(Self.blue, red) }
        #expect(throws: RequestValidationError.unknownEnumeratedEntity(Self.blue)) { try validate(red, Self.blue) }
    }

    @Test("an action has no tags")
    func actionTags() throws {
        let all = EntityUID(type: "Action", id: "all")
        #expect(throws: EntityValidationError.actionMismatch(all)) {
            try Self.schema().validate(
                entity: all, attributes: .empty, tags: Record([Self.field("a", .long(1))]), ancestors: [])
        }
    }

    @Test("an attribute that the schema does not have is not read, an action is in nothing but actions")
    func reading() throws {
        let more = #"[{"uid": {"type": "User", "id": "a"}, "attrs": {"more": {"type": "X"}}, "parents": []}]"#
        #expect {
            try Self.schema().entities(json: Array(more.utf8))
        } throws: { error in
            if case SchemaReadingError.shape = error { true } else { false }
        }
        let below = #"[{"uid": {"type": "Action", "id": "a"}, "attrs": {}, "parents": [{"type": "User", "id": "a"}]}]"#
        #expect(throws: JSONShapeError.self) { try EntityStore.parse(json: Array(below.utf8)) }
    }
}
