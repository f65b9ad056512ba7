import MartletJSON
import Testing

@Suite("Duplicate keys")
struct DuplicateKeyTests {
    @Test(
        "a repeated key is refused at any depth and in any spelling",
        arguments: [
            (#"{"a":1,"a":1}"#, 7),
            (#"{"":1,"":2}"#, 6),
            (#"{"a":1,"b":2,"a":3}"#, 13),
            (#"[[{"x":{"a":1,"a":2}}]]"#, 14),
            (#"{"a":{"a":1},"b":[{"a":1}],"b":0}"#, 27),
            (#"{"a":1,"\u0061":2}"#, 7),
            (#"{"\u0061":1,"a":2}"#, 12),
            (#"{"\u0061":1,"\u0061":2}"#, 12),
            (#"{"/":1,"\/":2}"#, 7),
            (#"{"\n":1,"\u000A":2}"#, 8),
            (#"{"é":1,"\u00E9":2}"#, 8),
            (#"{"€":1,"\u20ac":2}"#, 9),
            (#"{"😂":1,"\ud83d\uDE02":2}"#, 10),
        ])
    func refused(text: String, offset: Int) {
        #expect(Fixture.error(text) == .duplicateKey(offset: offset))
    }

    @Test(
        "keys are compared byte for byte: case and Unicode form tell them apart",
        arguments: [
            #"{"a":1,"A":2}"#, #"{"\u00e9":1,"e\u0301":2}"#, #"{"a":1,"a ":2}"#, #"{"a":{"a":{"a":1}}}"#,
            #"{"ab":1,"a":2,"b":3}"#, #"{"ß":1,"ss":2}"#, #"{"K":1,"\u212A":2}"#, #"{"\\u0061":1,"a":2}"#,
            #"[{"a":1},{"a":1}]"#,
        ])
    func distinct(text: String) {
        #expect(Fixture.error(text) == nil)
    }

    @Test("a repeat is found among any number of keys, in either method", arguments: [2, 3, 11, 12, 13, 14, 33, 1000])
    func anyNumber(count: Int) {
        let keys = (0..<count).map { "\"k\($0)\":0" }
        #expect(Fixture.error("{" + keys.joined(separator: ",") + "}") == nil)
        for place in [0, count / 2, count - 1] {
            let text = "{" + keys.joined(separator: ",") + ","
            #expect(
                Fixture.error(text + "\"\\u006b\(place)\":1}") == .duplicateKey(offset: text.utf8.count))
        }
    }

    @Test("the first repeat is the one reported", arguments: [4, 40])
    func firstRepeat(count: Int) {
        let keys = (0..<count).map { "\"k\($0)\":0" }.joined(separator: ",")
        #expect(Fixture.error("{\(keys),\"k1\":0,\"k0\":0}") == .duplicateKey(offset: keys.utf8.count + 2))
    }

    @Test("keys that differ only behind the first eight bytes, or by trailing bytes, are distinct among many")
    func longKeys() {
        let keys = (0..<100).map { "\"arguments.\(String(repeating: "a", count: $0))\":0" }
        #expect(Fixture.error("{" + keys.joined(separator: ",") + "}") == nil)
    }

    @Test("the table of one object does not leak into the next")
    func reuse() {
        let object = "{" + (0..<20).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
        #expect(Fixture.error("[\(object),\(object)]") == nil)
        #expect(Fixture.error("{\"k0\":\(object),\"k1\":\(object)}") == nil)
    }

    @Test("sixty thousand keys in falling order cost no quadratic time", .timeLimit(.minutes(1)))
    func flood() throws {
        let keys = (0..<60_000).reversed().map { "\"\(1_000_000 + $0)\":0" }.joined(separator: ",")
        let value = try Fixture.parse("{\(keys)}")
        #expect(try value.canonical().count == keys.utf8.count + 2)
        #expect(Fixture.error("{\(keys),\"1000000\":0}") == .duplicateKey(offset: keys.utf8.count + 2))
    }
}
