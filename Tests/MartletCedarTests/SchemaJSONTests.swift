import Testing

@testable import MartletCedar

/// The verdicts are those of cedar-policy 4.12.
@Suite("Schema JSON")
struct SchemaJSONTests {
    private static func entity(_ json: String) -> String { #"{"":{"entityTypes":{"A":\#(json)},"actions":{}}}"# }
    private static func action(_ json: String) -> String {
        #"{"":{"entityTypes":{"A":{}},"actions":{"a":\#(json)}}}"#
    }
    private static func attribute(_ json: String) -> String {
        entity(#"{"shape":{"type":"Record","attributes":{"x":\#(json)}}}"#)
    }

    @Test(
        "what the reference accepts is accepted, and survives the way through JSON",
        arguments: [
            "{}", #"{"":{"entityTypes":{},"actions":{}}}"#,
            entity(#"{"shape":{"type":"Record","attributes":{},"additionalAttributes":false}}"#),
            #"{"":{"entityTypes":{"A":{"shape":{"type":"T"}}},"actions":{},"commonTypes":{"T":{"type":"Record","attributes":{}}}}}"#,
            attribute(#"{"type":"Bool"}"#), attribute(#"{"type":"Entity","name":"A"}"#),
            attribute(#"{"type":"EntityOrCommon","name":"A"}"#), attribute(#"{"type":"Extension","name":"ipaddr"}"#),
            attribute(#"{"type":"__cedar::Long","required":false,"annotations":{"d":"e","f":null}}"#),
            action(#"{"appliesTo":{"principalTypes":[],"resourceTypes":[]}}"#),
            action(#"{"appliesTo":null,"memberOf":null,"attributes":null}"#), entity(#"{"tags":{"type":"Long"}}"#),
            entity(#"{"enum":["x","y"],"annotations":{"if":"z"}}"#),
            #"{"":{"entityTypes":{},"actions":{"a":{"memberOf":[{"id":"b","type":"Action"}]},"b":{"memberOf":[{"id":"c"}]},"c":{}}}}"#,
        ])
    func accepted(json: String) throws {
        let document = try SchemaDocument(json: Array(json.utf8))
        _ = try Schema(document)
        #expect(try SchemaDocument(json: document.json) == document)
    }

    @Test(
        "what the reference refuses is refused",
        arguments: [
            "", "[]", "null", #"{"":{"entityTypes":{}}}"#, #"{"":{"actions":{}}}"#, #"{"entityTypes":{},"actions":{}}"#,
            #"{"":{"entityTypes":{},"actions":{},"extra":{}}}"#, #"{"":{"entityTypes":[],"actions":{}}}"#,
            entity(#"{"shape":{"type":"Record","attributes":{},"additionalAttributes":true}}"#),
            entity(#"{"shape":null}"#), entity(#"{"shape":{"type":"String"}}"#), entity(#"{"enum":[]}"#),
            entity(#"{"enum":["x"],"memberOfTypes":[]}"#), entity(#"{"annotations":{"x y":"z"}}"#),
            entity(#"{"shape":{"type":"Set","element":{"type":"Long","required":true}}}"#), entity(#"{"foo":1}"#),
            attribute(#"{"type":"Long","foo":1}"#), attribute(#"{"type":"A"}"#), attribute(#""Long""#),
            attribute(#"{"type":"Extension","name":"foo"}"#), attribute(#"{"type":"Set"}"#),
            attribute(#"{"type":"Set","element":{"type":"Long"},"name":"x"}"#), attribute(#"{"type":"Record"}"#),
            attribute(#"{"type":"Entity"}"#), attribute(#"{"name":"A"}"#), attribute(#"{"type":"if"}"#),
            attribute(#"{"type":"Long","required":"no"}"#), action(#"{"appliesTo":{"principalTypes":["A"]}}"#),
            action(#"{"attributes":{}}"#), action(#"{"foo":1}"#), action(#"{"memberOf":[{"id":"b","type":"Foo"}]}"#),
            action(#"{"appliesTo":{"principalTypes":["A"],"resourceTypes":["A"],"context":null}}"#),
            #"{"":{"entityTypes":{"A":{}},"actions":{},"annotations":{"a":"b"}}}"#,
            #"{"N":{"entityTypes":{"A":{"memberOfTypes":["B"]}},"actions":{}}}"#,
            #"{"N":{"entityTypes":{"if":{}},"actions":{}}}"#, #"{"N":{"entityTypes":{"A::B":{}},"actions":{}}}"#,
            #"{" N":{"entityTypes":{"A":{}},"actions":{}}}"#, #"{"__cedar":{"entityTypes":{},"actions":{}}}"#,
            #"{"":{"commonTypes":{"Long":{"type":"String"}},"entityTypes":{},"actions":{}}}"#,
            #"{"":{"commonTypes":{"A":{"type":"String","required":true}},"entityTypes":{},"actions":{}}}"#,
            #"{"":{"entityTypes":{"A":{},"A":{}},"actions":{}}}"#,
        ])
    func refused(json: String) {
        #expect(throws: SchemaError.self) { try Schema(json: Array(json.utf8)) }
    }

    @Test("an entity type whose shape is a name has no form as text")
    func inexpressible() throws {
        let json =
            #"{"":{"entityTypes":{"A":{"shape":{"type":"T"}}},"actions":{},"commonTypes":{"T":{"type":"Record","attributes":{}}}}}"#
        let document = try SchemaDocument(json: Array(json.utf8))
        #expect(throws: SchemaError(.notExpressible("A"))) { try document.text() }
    }

    @Test("deep JSON is refused")
    func deep() {
        let open = String(repeating: #"{"type":"Set","element":"#, count: 4_000)
        #expect(throws: SchemaError.self) { try Schema(json: Array(Self.attribute(open).utf8)) }
        let closed = String(repeating: #"{"type":"Set","element":"#, count: 40) + #"{"type":"Long"}"#
        let balanced = closed + String(repeating: "}", count: 40)
        #expect(throws: SchemaError(.tooLarge(limit: "nesting of a type"))) {
            try Schema(json: Array(Self.attribute(balanced).utf8))
        }
    }
}
