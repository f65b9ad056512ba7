import Testing

@testable import MartletCedar

/// Every case, so that a sentence cannot be forgotten; the switches behind them have no `default`.
@Suite("Sentences")
struct SentenceTests {
    private static let alice = EntityUID(type: "User", id: "alice")
    private static let user = CedarType.entity(.of([alice.type]))

    private static let validation: [(ValidationError.Kind, String)] = [
        (
            .unknownEntityType(alice.type),
            "the schema has no entity type `User`; correct the name, or declare it in the schema"
        ),
        (
            .unknownAction(alice),
            #"the schema has no action `User::"alice"`; correct the name, or declare it in the schema"#
        ),
        (
            .unknownEnumeratedEntity(alice),
            #"the schema does not list `User::"alice"` among the entities of its type; "#
                + "use one of the listed ids, or add this one to the schema"
        ),
        (
            .scopeNeverApplies(principalNeedsIn: false, resourceNeedsIn: false),
            "no request that the schema allows can satisfy this scope; "
                + "compare it with what `appliesTo` of the action says about principals and resources"
        ),
        (
            .scopeNeverApplies(principalNeedsIn: true, resourceNeedsIn: true),
            "no request that the schema allows can satisfy this scope; "
                + "write `principal in …` in place of `principal == …` and "
                + "write `resource in …` in place of `resource == …`"
        ),
        (
            .unexpectedType(expected: [.long, .string, user], found: .boolean(.true)),
            "expected Long, String or `User`, found Bool; use a value of the expected type here"
        ),
        (
            .incompatibleTypes([.long, .set(.string)], .set),
            "the elements of this set are Long and Set<String>, which do not go together; write elements of one type"
        ),
        (
            .incompatibleTypes([.long, .string], .conditional),
            "`then` and `else` give Long and String, which do not go together; give both branches one type"
        ),
        (
            .incompatibleTypes([.long, user], .equality),
            "this compares Long and `User`, which do not go together; use values of one type on both sides"
        ),
        (
            .incompatibleTypes([.long, .set(nil)], .contains),
            "this looks in a set for another type: Long and Set, which do not go together; "
                + "use values of one type on both sides"
        ),
        (
            .incompatibleTypes([.never, .entity(.any)], .containsAnyOrAll),
            "this compares sets of other types: an entity and nothing, which do not go together; "
                + "use values of one type on both sides"
        ),
        (
            .incompatibleTypes([.long, .extension(.ipaddr)], .getTag),
            "this tag can be Long and ipaddr, which do not go together; narrow the type of the entity with `is`"
        ),
        (
            .unknownAttribute("a", of: user, mayExist: false),
            "`User` has no attribute `a`; correct the name, or declare the attribute in the schema"
        ),
        (
            .unknownAttribute("a", of: .record(.empty), mayExist: true),
            "a record may be without the attribute `a`; narrow the type with `is`, or ask `has a` first"
        ),
        (
            .uncheckedAttribute("a", of: user),
            "the attribute `a` of `User` is optional, and nothing before says that it is there; "
                + "write `… has a &&` before it"
        ),
        (
            .uncheckedTag(of: user),
            "nothing before says that this tag of `User` is there; write `….hasTag(…) &&` with the same name before it"
        ),
        (.noTags(of: user), "`User` has no tags; use an attribute, or declare `tags` in the schema"),
        (.wrongArgumentCount(.ip, expected: 1, found: 2), "`ip` takes 1 argument(s), found 2; give it 1"),
        (.invalidLiteral(.decimal), #"`decimal` does not accept this text; write it as in `decimal("12.34")`"#),
        (
            .emptySet,
            "the type of `[]` is open here; use `.isEmpty()`, write an element, or check with the permissive mode"
        ),
        (
            .computedLiteral(.duration),
            "the argument of `duration` is computed, and could be any text; write the text itself, as in "
                + #"`duration("1d2h30m")`, or let the schema give the value this type"#
        ),
        (
            .levelExceeded(found: 2, maximum: 1),
            "this looks 2 step(s) into the entities, where 1 are allowed; "
                + "put what is needed into the context or the attributes above, or allow more than level 1"
        ),
        (
            .dereferencedLiteral,
            "this looks into an entity that the request does not name; start from principal, action, resource or context"
        ),
        (
            .untraceable,
            "what this looks into cannot be followed back to the request; start from principal, action, resource or context"
        ),
        (.tooComplex, "the policy is too deep, or takes too many steps to check; split it into several policies"),
    ]

    @Test("what the validator finds says what is wrong and what to do", arguments: validation)
    func validationErrors(kind: ValidationError.Kind, sentence: String) {
        #expect(ValidationError(policy: "p", kind: kind, span: .none).description == sentence)
    }

    private static let schema: [(SchemaError.Reason, String)] = [
        (.syntax(.emptyCondition), "expected an expression between `{` and `}`; correct the text at this place"),
        (.invalidJSON("x"), "not JSON: x; correct the JSON"),
        (.wrongJSON(path: "/a", expected: "a string"), "expected a string at /a; correct the JSON"),
        (.wrongJSON(path: "", expected: "an object"), "expected an object at the top; correct the JSON"),
        (.reservedName("in"), "`in` is a word of the language and cannot be a name; take another name"),
        (.reservedTypeName("Bool"), "`Bool` is a built-in type; take another name"),
        (.duplicateDeclaration("A"), "`A` is declared twice; leave one of them"),
        (.duplicateNamespace("N"), "the namespace `N` is there twice; leave one of them"),
        (.duplicateAnnotation("a"), "the annotation `@a` is there twice; leave one of them"),
        (
            .duplicateClause("principal", action: "pay"),
            #"`principal` is there twice in the action "pay"; leave one of them"#
        ),
        (
            .emptyClause("principal", action: "pay"),
            #"`principal` of the action "pay" is empty; "#
                + "name a type, or leave `appliesTo` out of an action that is only a group"
        ),
        (
            .missingClause("resource", action: "pay"),
            #"the action "pay" does not say its `resource`; add `resource: …` to its `appliesTo`"#
        ),
        (.shadowing("N::A", shadowed: "A"), "`N::A` hides `A`, which has no namespace; rename one of them"),
        (.undefinedType("A"), "there is no type `A`; correct the name, or declare it"),
        (.undefinedAction("A"), "there is no action `A`; correct the name, or declare it"),
        (
            .undeclaredEntityType("A"),
            "`A` is no entity type; name an entity type here, or declare it with `entity`"
        ),
        (.unknownExtensionType("a"), "Cedar has no type `a`; use ipaddr, decimal, datetime or duration"),
        (.cyclicCommonType("A"), "the type `A` is defined by itself; take it out of the circle"),
        (.cyclicActionGroup("A"), "the action `A` is in itself; take it out of the circle"),
        (
            .notARecord("A"),
            "what `A` has as its shape or context is no record; write `{ … }`, or the name of a record type"
        ),
        (
            .actionTypeDeclared,
            "`Action` cannot be declared as an entity type; "
                + "rename the entity type; actions are declared with `action`"
        ),
        (.actionAttributes("A"), #"the action "A" has attributes; put them into its `context`"#),
        (.openRecord, "`additionalAttributes` is true; declare every attribute"),
        (
            .annotatedEmptyNamespace,
            "the namespace without a name has annotations; put the annotations on declarations"
        ),
        (.tooLarge(limit: "bytes"), "more than this implementation reads: bytes; make it smaller, or split it"),
        (
            .notExpressible("A"),
            "schema text cannot say this: A; rename what has this name twice, or keep the schema as JSON"
        ),
    ]

    @Test("what is wrong with a schema says what to do", arguments: schema)
    func schemaErrors(reason: SchemaError.Reason, sentence: String) {
        #expect(SchemaError(reason).description == sentence)
    }

    private static let request: [(RequestValidationError, String)] = [
        (.unknownAction(alice), #"the schema has no action `User::"alice"`"#),
        (.unknownPrincipalType(alice.type), "the schema has no entity type `User` for the principal"),
        (.unknownResourceType(alice.type), "the schema has no entity type `User` for the resource"),
        (.principalType(alice.type, action: alice), #"`User::"alice"` is nothing that a `User` does, by the schema"#),
        (
            .resourceType(alice.type, action: alice),
            #"`User::"alice"` is nothing that is done to a `User`, by the schema"#
        ),
        (.context(action: alice), #"the context is not what the schema declares for `User::"alice"`"#),
        (
            .unknownEnumeratedEntity(alice),
            #"the schema does not list `User::"alice"` among the entities of its type"#
        ),
    ]

    @Test("a request that does not fit says why", arguments: request)
    func requestErrors(error: RequestValidationError, sentence: String) {
        #expect(error.description == sentence)
        #expect(SchemaReadingError.request(error).description == sentence)
    }

    private static let entity: [(EntityValidationError, String)] = [
        (.unknownType(alice.type), "the schema has no entity type `User`"),
        (.unknownAction(alice), #"the schema has no action `User::"alice"`"#),
        (.actionMismatch(alice), #"the action `User::"alice"` is not what the schema declares"#),
        (
            .unknownEnumeratedEntity(alice),
            #"the schema does not list `User::"alice"` among the entities of its type"#
        ),
        (.missingAttribute("a"), "the attribute `a` is missing"),
        (.unexpectedAttribute("a"), "the schema has no attribute `a` for it"),
        (.attributeType("a", expected: .long), "the attribute `a` has to be Long"),
        (.unexpectedTag("a"), "it has the tag `a`, and the schema allows none"),
        (.tagType("a", expected: user), "the tag `a` has to be `User`"),
        (.ancestorType(alice.type), "the schema does not allow it in a `User`"),
    ]

    @Test("an entity that does not fit says why", arguments: entity)
    func entityErrors(error: EntityValidationError, sentence: String) {
        #expect(error.description == sentence)
        #expect(SchemaReadingError.entity(Self.alice, error).description == #"`User::"alice"`: "# + sentence)
    }
}
