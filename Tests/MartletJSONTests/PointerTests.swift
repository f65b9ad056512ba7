import MartletJSON
import Testing

@Suite("JSON Pointer (RFC 6901)")
struct PointerTests {
    /// Source: RFC 6901 section 5.
    static let document = #"""
        {"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8,"~1":9}
        """#

    @Test(
        "the examples of the RFC lead to their values",
        arguments: [
            ("/foo", #"["bar","baz"]"#), ("/foo/0", #""bar""#), ("/foo/1", #""baz""#), ("/", "0"), ("/a~1b", "1"),
            ("/c%d", "2"), ("/e^f", "3"), ("/g|h", "4"), (#"/i\j"#, "5"), (#"/k"l"#, "6"), ("/ ", "7"), ("/m~0n", "8"),
            ("/~01", "9"),
        ])
    func found(text: String, expected: String) throws {
        let pointer = try #require(JSONPointer(text))
        #expect(try Fixture.parse(Self.document).value(at: pointer)?.serialized() == Array(expected.utf8))
        #expect("\(pointer)" == text)
    }

    @Test("the empty pointer leads to where it starts")
    func whole() throws {
        let pointer = try #require(JSONPointer(""))
        #expect(pointer.tokens.isEmpty)
        #expect(try Fixture.parse("[1]").value(at: pointer)?.count == 1)
        #expect(try #require(JSONPointer("/a~1b/~0/0")).tokens == ["a/b", "~", "0"])
    }

    @Test(
        "a pointer to nothing leads nowhere",
        arguments: [
            "/bar", "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1", "/foo/", "/foo/1/x",
            "/foo/9223372036854775808",
            "/Foo", "/*", "/foo/*", "//",
        ])
    func missing(text: String) throws {
        let pointer = try #require(JSONPointer(text))
        #expect(try Fixture.parse(Self.document).value(at: pointer) == nil)
    }

    @Test(
        "text that is no pointer is refused",
        arguments: ["a", "a/b", " /a", "/~", "/a~", "/~2", "/~~0", "#/a", "/a/~x"])
    func malformed(text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test("pointers are equal when their bytes are")
    func equality() {
        #expect(JSONPointer("/é") == JSONPointer("/\u{E9}"))
        #expect(JSONPointer("/é") != JSONPointer("/e\u{301}"))
        #expect(Set([JSONPointer("/\u{E9}"), JSONPointer("/e\u{301}")]).count == 2)
    }
}
