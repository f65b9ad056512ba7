import MartletJSON
import Testing

@Suite("A document that comes again")
struct RepeatedDocumentTests {
    private static let text =
        #"{"jsonrpc":"2.0","id":9,"result":{"tools":[{"name":"a","inputSchema":{}},{"name":"b","id":9}]}}"#

    private func known(_ text: String = text) throws -> RepeatedDocument? {
        RepeatedDocument(of: try #require(try Fixture.parse(text)["result"]), exceptFor: "id")
    }

    @Test("is known by all bytes but the number", arguments: [0, 9, 10, 99, 4_294_967_296, .max, -7] as [Int64])
    func number(id: Int64) throws {
        let text = Self.text.replacing(#""id":9,"#, with: #""id":\#(id),"#)
        #expect(try known()?.isRepeated(by: Array(text.utf8), with: id) == true)
        #expect(try known()?.isRepeated(by: Array(text.utf8), with: id &+ 1) == false)
        #expect(try known(text)?.isRepeated(by: Array(Self.text.utf8), with: 9) == true)
    }

    @Test("is another one when any byte changes, comes or goes")
    func everyByte() throws {
        let known = try #require(try known())
        let bytes = Array(Self.text.utf8)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1
            #expect(!known.isRepeated(by: changed, with: 9))
            changed = bytes
            changed.remove(at: place)
            #expect(!known.isRepeated(by: changed, with: 9))
            changed.insert(contentsOf: [bytes[place], 0x20], at: place)
            #expect(!known.isRepeated(by: changed, with: 9))
        }
        #expect(!known.isRepeated(by: bytes + [0x20], with: 9))
        #expect(!known.isRepeated(by: [], with: 9))
        #expect(!known.isRepeated(by: bytes, with: 99))
    }

    @Test("cannot be known without the number", arguments: [#"{"result":{}}"#, #"{"id":"9","result":{}}"#])
    func noNumber(text: String) throws {
        #expect(try known(text) == nil)
    }

    @Test("values are written alike when their bytes are")
    func alike() throws {
        let one = try Fixture.parse(#"[{"a":[1,"x"]}, {"a":[1,"x"]}, {"a":[1,"y"]}, {"a": [1,"x"]}, 12, 1, "1", "a"]"#)
        let other = try Fixture.parse(#"{"k":{"a":[1,"x"]},"n":12,"s":"1"}"#)
        let (value, number, text) = (try #require(other["k"]), try #require(other["n"]), try #require(other["s"]))
        #expect(one.elements.map { $0.isWritten(like: value) } == [true, true] + Array(repeating: false, count: 6))
        #expect(one.elements.map { $0.isWritten(like: number) }.firstIndex(of: true) == 4)
        #expect(one.elements.map { $0.isWritten(like: text) }.firstIndex(of: true) == 6)
        #expect(one[0]?.isSame(as: try #require(one[1])) == false)
        #expect(one[0]?.isSame(as: try #require(one[0])) == true)
    }

    @Test("the counted length is the written one, and no longer than what stands there")
    func counts() throws {
        for text in [#"{"a":[1,"x"]}"#, #"{ "a" : "\u00e9\/" }"#, #""\u0001""#, "12", #""""#] {
            let value = try Fixture.parse(text)
            #expect(value.serializedCount == value.serialized().count)
            #expect(value.writtenCount >= value.serializedCount)
        }
    }
}
