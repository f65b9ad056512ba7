import MartletCedar
import Testing

@Suite("Entity store")
struct EntityStoreTests {
    private func uid(_ id: Text) -> EntityUID { EntityUID(type: "A", id: id) }

    private func entity(_ id: Text, in parents: Text...) -> Entity {
        Entity(uid(id), parents: Set(parents.map { uid($0) }))
    }

    @Test("an entity is in all that its parents are in, also in what does not exist")
    func closure() throws {
        let store = try EntityStore([entity("a", in: "b"), entity("b", in: "c", "d"), entity("c", in: "ghost")])
        #expect(store.ancestors(of: uid("a")) == [uid("b"), uid("c"), uid("d"), uid("ghost")])
        #expect(store.isIn(uid("a"), uid("ghost")))
        #expect(store.isIn(uid("ghost"), uid("ghost")))
        #expect(!store.isIn(uid("c"), uid("a")))
    }

    @Test("entities that are added are in what their parents are in")
    func adding() throws {
        let store = try EntityStore([entity("b", in: "c"), entity("c")])
        let more = try store.adding([entity("a", in: "b", "x"), entity("x", in: "y"), entity("c")])
        #expect(more.ancestors(of: uid("a")) == [uid("b"), uid("c"), uid("x"), uid("y")])
        #expect(more.count == 4)
        #expect(store.count == 2)
        let again = try more.adding([entity("z", in: "a")])
        #expect(again.isIn(uid("z"), uid("y")))
        #expect(again.count == 5)
        #expect(again.entity(uid("x")) != nil)
    }

    @Test("an entity that older ones are in is added for them too")
    func addingAbove() throws {
        let store = try EntityStore([entity("a", in: "b")])
        let more = try store.adding([entity("b", in: "c")])
        #expect(more.isIn(uid("a"), uid("c")))
        #expect(throws: EntityError.cycle(uid("a"))) { try store.adding([entity("b", in: "a")]) }
    }

    @Test("one entity is added as several are")
    func addingOne() throws {
        let store = try EntityStore([entity("b", in: "c"), entity("c", in: "d")])
        let more = try store.adding(entity("a", in: "b", "x"))
        #expect(more.ancestors(of: uid("a")) == [uid("b"), uid("c"), uid("d"), uid("x")])
        #expect(more.count == 3 && more.entity(uid("a")) != nil && more.isIn(uid("b"), uid("d")))
        let again = try more.adding(entity("z", in: "a"))
        #expect(again.isIn(uid("z"), uid("d")) && again.entity(uid("a")) != nil && again.count == 4)
        #expect(try store.adding(entity("b", in: "c")).count == 2)
        #expect(try store.adding(entity("d", in: "e")).isIn(uid("b"), uid("e")))
        #expect(throws: EntityError.duplicate(uid("b"))) { try store.adding(entity("b")) }
        #expect(throws: EntityError.cycle(uid("a"))) { try store.adding(entity("a", in: "a")) }
        #expect(throws: EntityError.cycle(uid("b"))) { try store.adding(entity("d", in: "b")) }
        var limits = EntityLimits()
        limits.maximumAncestors = 3
        #expect(throws: EntityError.limitExceeded("ancestors")) {
            try store.adding(entity("a", in: "b", "x"), limits: limits)
        }
        limits.maximumEntities = 2
        #expect(throws: EntityError.limitExceeded("number of entities")) {
            try store.adding(entity("a"), limits: limits)
        }
    }

    @Test("another entity of the same identity is refused, however it comes")
    func duplicates() throws {
        let store = try EntityStore([entity("a", in: "b")])
        #expect(throws: EntityError.duplicate(uid("a"))) { try store.adding([entity("a")]) }
        #expect(throws: EntityError.duplicate(uid("x"))) { try store.adding([entity("x"), entity("x", in: "a")]) }
        #expect(throws: EntityError.cycle(uid("x"))) { try store.adding([entity("x", in: "y"), entity("y", in: "x")]) }
    }

    @Test("no more entities than the limit")
    func limit() throws {
        var limits = EntityLimits()
        limits.maximumEntities = 2
        let store = try EntityStore([entity("a"), entity("b")], limits: limits)
        #expect(throws: EntityError.limitExceeded("number of entities")) {
            try EntityStore([entity("a"), entity("b"), entity("c")], limits: limits)
        }
        #expect(throws: EntityError.limitExceeded("number of entities")) {
            try store.adding([entity("c")], limits: limits)
        }
        #expect(throws: EntityError.limitExceeded("number of entities")) {
            try store.adding(entity("c"), limits: limits)
        }
    }

    @Test("no more pairs of an entity and something it is in than the limit")
    func pairs() throws {
        var limits = EntityLimits()
        limits.maximumAncestors = 3
        let chain = [entity("a", in: "b"), entity("b", in: "c"), entity("c")]
        #expect(try EntityStore(chain, limits: limits).count == 3)
        #expect(throws: EntityError.limitExceeded("ancestors")) {
            try EntityStore(chain + [entity("z", in: "x")], limits: limits)
        }
    }

    @Test("a value is written as an expression that gives it")
    func values() throws {
        let json = """
            {"a": [1, "x\\n", true, {"__entity": {"type": "A", "id": "b"}}], "b c": {"__extn": {"fn": "decimal", "arg": "1.5"}},
             "d": {"__extn": {"fn": "ip", "arg": "::1"}}, "e": {"__extn": {"fn": "datetime", "arg": "2024-01-01"}},
             "f": {"__extn": {"fn": "duration", "arg": "-1h"}}, "g": {}}
            """
        let record = Value.record(try Record.parse(json: Array(json.utf8)))
        let expression = try Expression.parse(Array(record.description.utf8))
        #expect(try expression.value(for: Fixture.request, entities: .empty) == record)
    }
}
