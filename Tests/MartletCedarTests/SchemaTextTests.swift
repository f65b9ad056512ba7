import Testing

@testable import MartletCedar

/// The verdicts are those of cedar-policy 4.12.
@Suite("Schema text")
struct SchemaTextTests {
    private func schema(_ text: String) throws(SchemaError) -> Schema { try Schema(text: Array(text.utf8)) }

    @Test(
        "what the reference accepts is accepted, and prints as what reads the same",
        arguments: [
            "", "   ", "// c\nentity A;", "entity A; // c", "entity A { a: Long, a: String };",
            "type T = __cedar::Long;",
            "entity A { \"if\": Long };", "entity Long; entity A { x: Long };", "entity Set; entity A {x: Set};",
            "entity A; action a appliesTo { principal: A, resource: A, context: T }; type T = {x: Long};",
            "entity A in [A];", "entity A in [];", "entity A enum [\"x\",\"x\"];",
            "entity A enum [\"x\"]; entity B in A;",
            "action a in Action::\"b\"; action b;", "action a in N::Action::\"b\"; namespace N { action b; }",
            "namespace N { action a in [b, \"c\"]; action b, c; }", "action a attributes {};", "type Action = Long;",
            "entity A { x: Action }; action b;", "entity A tags Long;", "entity A {x:Long} tags Set<Long>;",
            "entity A = {x:Long,};", "entity A {x?: Long};", "@a entity A;", "@if(\"x\") entity A;",
            "entity A { @doc(\"x\") y: Long };", "entity tags;", "entity entity in namespace; entity namespace;",
            "entity A {x: Set<Set<Long>>};", "entity A {x: ipaddr, y: decimal, z: datetime, w: duration};",
            "type ipaddr = Long; entity A {x: ipaddr};", "entity A { \"\\u{41}\": Long, A: String};",
            "entity A {\"\": Long};", "entity A { x : {} };", "namespace B { entity C; } entity A { x: B::C };",
            "action a appliesTo { principal: [A], resource: [A], context: {}, }; entity A;",
            "namespace N { entity A { x: N::B }; entity B; }", "namespace A::B { entity C; }",
            "entity Bool; entity A { x: Bool };", "entity Entity; entity Extension;", "@x namespace N {}",
            "type A = Long; entity A; entity B { x: A }; entity C in A;", "entity principal; action action;",
            "entity A { \"e\\u{301}\": Long, \"\\u{e9}\": Long };",
        ])
    func accepted(text: String) throws {
        let schema = try schema(text)
        let document = try SchemaDocument(text: Array(text.utf8))
        let printed = try Schema(text: Array(try document.text().utf8))
        #expect(printed.entityTypes == schema.entityTypes)
        #expect(printed.actions == schema.actions)
        let json = try Schema(json: document.json)
        #expect(json.entityTypes == schema.entityTypes)
        #expect(json.actions == schema.actions)
    }

    @Test(
        "what the reference refuses is refused, with the reason",
        arguments: [
            ("entity A, A;", .duplicateDeclaration("A")), ("entity A; entity A;", .duplicateDeclaration("A")),
            ("action a, a;", .duplicateDeclaration("a")), ("entity if;", .reservedName("if")),
            ("entity __cedar;", .reservedName("__cedar")), ("type T = __cedar::Foo;", .undefinedType("__cedar::Foo")),
            ("entity A { if: Long };", .reservedName("if")), ("type Set = Long;", .reservedTypeName("Set")),
            ("type Bool = Long;", .reservedTypeName("Bool")), ("type Entity = Long;", .reservedTypeName("Entity")),
            ("namespace __cedar {}", .reservedName("__cedar")),
            ("namespace N {} namespace N {}", .duplicateNamespace("N")),
            ("namespace N { entity A; } entity A;", .shadowing("N::A", shadowed: "A")),
            ("namespace N { type A = Long; } entity A;", .shadowing("N::A", shadowed: "A")),
            ("namespace N { action a; } action a;", .shadowing("N::Action::\"a\"", shadowed: "Action::\"a\"")),
            ("action a appliesTo { principal: [], resource: [A]}; entity A;", .emptyClause("principal", action: "a")),
            ("action a appliesTo { principal: A}; entity A;", .missingClause("resource", action: "a")),
            ("action a appliesTo { resource: A}; entity A;", .missingClause("principal", action: "a")),
            (
                "entity A; action a appliesTo { principal: A, resource: A, principal: A};",
                .duplicateClause("principal", action: "a")
            ),
            ("entity A; action a appliesTo { principal: A, resource: A, context: A };", .undefinedType("A")),
            (
                "entity A; type T = Long; action a appliesTo { principal: A, resource: A, context: T };",
                .notARecord("Action::\"a\"")
            ),
            ("type T = T;", .cyclicCommonType("T")), ("type T = {a: U}; type U = Set<T>;", .cyclicCommonType("T")),
            ("entity A in B;", .undefinedType("B")), ("entity A in Long;", .undefinedType("Long")),
            ("action a in [b]; action b in [a];", .cyclicActionGroup("Action::\"a\"")),
            ("action a in b;", .undefinedAction("Action::\"b\"")), ("entity Action;", .actionTypeDeclared),
            ("namespace N { entity Action; }", .actionTypeDeclared),
            ("entity A { x: Action };", .undefinedType("Action")),
            ("@a(\"x\") @a(\"y\") entity A;", .duplicateAnnotation("a")),
            ("entity A {x: Set};", .undefinedType("Set")), ("entity A { x: B::C };", .undefinedType("B::C")),
            ("entity A in Action; action x;", .undeclaredEntityType("Action")),
            ("entity A; action x appliesTo {principal: Action, resource: A};", .undeclaredEntityType("Action")),
        ] as [(String, SchemaError.Reason)])
    func refused(text: String, reason: SchemaError.Reason) {
        #expect(throws: SchemaError.self) { try schema(text) }
        do { _ = try schema(text) } catch { #expect(error.reason == reason) }
    }

    @Test(
        "what the grammar does not allow is refused at its place",
        arguments: [
            ("entity A::B;", 8), ("entity A; action a appliesTo {};", 30), ("entity A in [B,]; entity B;", 15),
            ("entity A enum [];", 15), ("entity B; entity A in B enum [\"x\"];", 24), ("action a in [];", 13),
            ("entity A", 8), ("/* */ entity A;", 0), ("entity A;;", 9), ("entity A {\"a\" : Long ,, };", 22),
            ("entity \u{e9};", 7), ("entity A { x: Set<Long };", 23), ("namespace N { entity A;", 23),
            ("entity A { x: \"Long\" };", 14), ("action a in N::b;", 16), ("type T = Long", 13),
        ])
    func syntax(text: String, offset: Int) {
        do {
            _ = try schema(text)
            Issue.record("accepted")
        } catch {
            guard case .syntax = error.reason else { return #expect(error.reason == .actionTypeDeclared) }
            #expect(error.span?.start == offset)
        }
    }

    @Test("nesting, expansion and products are limited")
    func limits() throws {
        let deep = String(repeating: "Set<", count: 5_000)
        #expect(throws: SchemaError.self) { try schema("type T = \(deep)Long;") }
        var doubling = "type T0 = { a: Long, b: Long };\n"
        for step in 1...30 { doubling += "type T\(step) = { a: T\(step - 1), b: T\(step - 1) };\n" }
        #expect(throws: SchemaError(.tooLarge(limit: "types in one type"))) { try schema(doubling) }
        var chain = "type T0 = Long;\n"
        for step in 1...20_000 { chain += "type T\(step) = T\(step - 1);\n" }
        _ = try schema(chain)
        var hierarchy = "entity E0;\n"
        for step in 1...2_000 { hierarchy += "entity E\(step) in E\(step - 1);\n" }
        #expect(throws: SchemaError(.tooLarge(limit: "pairs of the entity hierarchy"))) { try schema(hierarchy) }
        let many = (0..<600).map { "E\($0)" }.joined(separator: ", ")
        let product = "entity \(many); action a appliesTo { principal: [\(many)], resource: [\(many)] };"
        #expect(throws: SchemaError(.tooLarge(limit: "request environments"))) { try schema(product) }
        #expect(throws: SchemaError(.syntax(.invalidUTF8))) { try Schema(text: [0x65, 0xFF]) }
    }

    @Test("a document prints sorted, with the types as they were written")
    func printed() throws {
        let text = """
            @doc("n") namespace N { action "view it" in ["all"] appliesTo { principal: [U], resource: [U],
            context: { "a b"?: Set<Long>, c: { d: T } } }; type T = { x: ipaddr }; entity U in [V] = { t?: T } tags T;
            entity V enum ["a\\"", "b"]; action all; }
            """
        #expect(
            try SchemaDocument(text: Array(text.utf8)).text() == """
                @doc("n")
                namespace N {
                  type T = {
                    x: ipaddr
                  };

                  entity U in [V] = {
                    t?: T
                  } tags T;

                  entity V enum ["a\\"", "b"];

                  action "all";

                  action "view it" in ["all"] appliesTo {
                    principal: [U],
                    resource: [U],
                    context: {
                      "a b"?: Set<Long>,
                      c: {
                        d: T
                      }
                    }
                  };
                }

                """)
    }
}
