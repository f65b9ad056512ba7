import MartletCedar
import Testing

@Suite("Policy text")
struct ParserTests {
    @Test("a policy of every part is read")
    func everyPart() throws {
        let text = """
            // comment
            @id("a") @if permit (principal is User in ?principal, action in [Action::"a", NS::Action::"b"], resource)
            when { principal has a.b && context.x["y z"] == -9223372036854775808 && 1 + 2 * 3 > 4 }
            unless { ip("1.2.3.4").isInRange(ip("10.0.0.0/8")) || [1, "a"].contains({"if": true, b: 2}) };
            forbid (principal, action, resource,);
            """
        let set = try PolicySet.parse(text)
        #expect(set.templates.map(\.id) == ["policy0"])
        #expect(set.policies.map(\.id) == ["policy1"])
        let body = try #require(set.template("policy0")?.body)
        #expect(body.annotation("id") == "a")
        #expect(body.annotation("if") == "")
        #expect(body.conditions.map(\.kind) == [.when, .unless])
    }
}
