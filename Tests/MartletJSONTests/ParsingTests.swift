import MartletJSON
import Testing

@Suite("Parsing")
struct ParsingTests {
    @Test("a member is found by its key")
    func member() throws {
        let value = try JSONValue.parse(Array(#"{"a": [1, {"b": "c"}]}"#.utf8))
        #expect(value["a"]?.count == 2)
        #expect(value["a"]?[1]?.member("b")?.string == "c")
    }
}
