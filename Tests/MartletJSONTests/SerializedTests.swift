import MartletJSON
import Testing

@Suite("Serialising")
struct SerializedTests {
    @Test(
        "whitespace goes, escapes become minimal, numbers and order stay",
        arguments: [
            (" null ", "null"),
            (#"{"b" : 1.50 , "a":[ 1e2,-0 ,{ } , [ ] ]}"#, #"{"b":1.50,"a":[1e2,-0,{},[]]}"#),
            (#"{"\u0061" : "\/\u0041\u00e9" }"#, #"{"a":"/Aé"}"#),
            (
                #""\u0022\u005C\u0008\u0009\u000A\u000C\u000D\u0000\u001F\u007f""#,
                "\"\\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001f\u{7F}\""
            ),
            (#"[ "a b" , " \" " ]"#, #"["a b"," \" "]"#),
            (#"[" [1, 2] : ", "{ }"]"#, #"[" [1, 2] : ","{ }"]"#),
            (#"["😂\ud83d\ude02"]"#, #"["😂😂"]"#),
        ])
    func forms(text: String, expected: String) throws {
        #expect(try Fixture.serialized(text) == expected)
        #expect(try Fixture.serialized(expected) == expected)
    }

    @Test("a part of a document serialises alone, compact or not", arguments: ["", " "])
    func parts(space: String) throws {
        let value = try Fixture.parse("{\"a\":\(space)[1,\(space)\"x\",{\"b\":\"\(space)\"}],\"c\":true}")
        let array = try #require(value["a"])
        #expect(array.serialized() == Array("[1,\"x\",{\"b\":\"\(space)\"}]".utf8))
        #expect(array[1]?.serialized() == Array(#""x""#.utf8))
        #expect(array[2]?["b"]?.serialized() == Array("\"\(space)\"".utf8))
        #expect(value["c"]?.serialized() == Array("true".utf8))
    }
}
