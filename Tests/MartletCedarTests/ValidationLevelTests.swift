import MartletJSON
import Testing

@testable import MartletCedar

@Suite("Levels")
struct ValidationLevelTests {
    @Test(
        "the sample policies pass from their level on and not below",
        .enabled(if: SchemaData.isPresent, "\(SchemaData.absence)"), arguments: [0, 1, 2])
    func samples(level: Int) throws {
        let folder = "extra/cli-sample-data/tiny_sandboxes/level-validation/"
        let validator = Validator(try Schema(text: try SchemaData.file(folder + "schema.cedarschema")))
        let policies = try PolicySet.parse(try SchemaData.file(folder + "policy-level-\(level).cedar"))
        for maximum in 0...3 {
            let result = validator.validate(policies, level: maximum)
            #expect(result.isValid == (maximum >= level), "\(maximum): \(result.errors)")
        }
    }

    private static func schema() throws -> Schema {
        try Schema(
            text: Array(
                """
                entity User in [User] { name: String, boss: User } tags User;
                action a appliesTo { principal: User, resource: User, context: { who: User } };
                """.utf8))
    }

    /// Source: cedar-policy 4.12, `level_validate.rs`, for the rules; the cases are ours.
    @Test(
        "each way to look into an entity counts",
        arguments: [
            ("true", 0), ("principal == principal", 0), ("context.who == principal", 0), ("principal is User", 0),
            ("principal has name", 1), ("principal.name == \"a\"", 1), ("principal in resource", 1),
            ("context.who.name == \"a\"", 1), ("principal.boss.name == \"a\"", 2), ("principal.boss in resource", 2),
            ("principal.hasTag(\"a\")", 1), ("principal.hasTag(\"a\") && principal.getTag(\"a\") == resource", 1),
            ("principal.hasTag(\"a\") && principal.getTag(\"a\") in resource", 2),
            ("(if principal == resource then principal.boss else resource).name == \"a\"", 2),
            ("{a: principal.boss, b: 1}.a.name == \"a\"", 2),
            ("{a: principal, b: principal.boss.name}.a.name == \"a\"", 2),
            ("(if true then principal else principal.boss.boss).name == \"a\"", 1),
            ("principal in principal.boss.boss", 2), ("{a: principal.boss.name}.a == \"a\"", 2),
            ("Action::\"a\" in Action::\"a\"", 1), ("Action::\"a\" has b", 1), ("action in Action::\"a\"", 1),
            ("(if principal.boss.name == \"a\" then principal else resource).name == \"a\"", 2),
            ("(if principal == resource then resource else principal.boss).name == \"a\"", 2),
            ("false && principal.boss.boss.name == \"a\"", 0), ("[principal.boss.name].contains(\"a\")", 2),
        ])
    func counted(condition: String, level: Int) throws {
        let policies = try PolicySet.parse("permit (principal, action, resource) when { \(condition) };")
        let validator = Validator(try Self.schema())
        #expect(validator.validate(policies).errors == [])
        for maximum in 0...3 {
            let result = validator.validate(policies, level: maximum)
            #expect(result.isValid == (maximum >= level), "\(maximum): \(result.errors)")
        }
    }

    /// One error for each place, with what it needs and what is allowed.
    @Test(
        "each place that looks too far is told",
        arguments: [
            ("principal.boss.boss.name == \"a\"", 1, [3]),
            ("principal.hasTag(\"a\") && principal.getTag(\"a\") == resource", 0, [1, 1]),
            (
                "principal.hasTag(principal.boss.name) && principal.getTag(principal.boss.name) in resource", 1,
                [2, 2, 2]
            ),
        ])
    func places(condition: String, maximum: Int, found: [Int]) throws {
        let policies = try PolicySet.parse("permit (principal, action, resource) when { \(condition) };")
        let kinds = Validator(try Self.schema()).validate(policies, level: maximum).errors.map(\.kind)
        #expect(kinds == found.map { .levelExceeded(found: $0, maximum: maximum) })
    }

    @Test("looking into an entity that the request does not name is refused at every level")
    func literal() throws {
        let schema = try Schema(
            text: Array("entity User { name: String }; action a appliesTo { principal: User, resource: User };".utf8))
        let policies = try PolicySet.parse(
            "permit (principal, action, resource) when { User::\"a\".name == \"a\" };")
        let result = Validator(schema).validate(policies, level: 9)
        #expect(result.errors.map(\.kind) == [.dereferencedLiteral])
    }
}
