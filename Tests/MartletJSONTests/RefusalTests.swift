import MartletJSON
import Testing

@Suite("What the parser refuses")
struct RefusalTests {
    @Test(
        "a byte outside of the grammar is refused at its place",
        arguments: [
            ("}", 0), ("{]", 1), ("[1 2]", 3), ("[1,]", 3), ("[,1]", 1), (#"{"a":1,}"#, 7), (#"{"a" 1}"#, 5),
            (#"{"a":}"#, 5), ("{1:2}", 1), ("{a:1}", 1), ("['a']", 1), ("[1}", 2), (#"{"a":1]"#, 6), ("tRue", 1),
            ("nul1", 3), ("NaN", 0), ("Infinity", 0), ("+1", 0), (".5", 0), ("//x\n1", 0), ("[1/**/]", 2),
            ("[\u{B}1]", 1), ("[\u{A0}1]", 1), ("[1\u{0}]", 2),
        ])
    func unexpectedByte(text: String, offset: Int) {
        #expect(Fixture.error(text) == .unexpectedByte(offset: offset))
    }

    @Test(
        "a document that ends too early is refused",
        arguments: [
            "", "  ", "[", "[1", "[1,", "{", #"{"a"#, #"{"a""#, #"{"a":"#, #"{"a":1"#, "tru", #""ab"#, #""\"#,
            #""\u12"#,
        ])
    func unexpectedEnd(text: String) {
        #expect(Fixture.error(text) == .unexpectedEnd(offset: text.utf8.count))
    }

    @Test(
        "anything but whitespace after the document is refused",
        arguments: [
            ("1 2", 2), ("{}{}", 2), ("[] ,", 3), ("null\u{0}", 4), ("\"\"\"", 2), ("1a", 1), ("{}\u{FEFF}", 2),
        ])
    func trailingBytes(text: String, offset: Int) {
        #expect(Fixture.error(text) == .trailingBytes(offset: offset))
    }

    @Test("a byte order mark is refused, in every encoding")
    func byteOrderMark() {
        #expect(Fixture.error([0xEF, 0xBB, 0xBF, 0x31]) == .byteOrderMark(offset: 0))
        #expect(Fixture.error([0xFE, 0xFF, 0x00, 0x31]) == .unexpectedByte(offset: 0))
        #expect(Fixture.error([0x31, 0x00]) == .trailingBytes(offset: 1))
    }

    @Test(
        "invalid UTF-8 is refused at its first byte",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x22], [0xC2, 0xC2], [0xE0, 0x80, 0x80],
            [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x80, 0x22], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF1, 0x80, 0x80], [0xF1, 0x80, 0x80, 0x7F],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]])
    func invalidUTF8(sequence: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(Fixture.error([quote, 0x61] + sequence + [quote]) == .invalidUTF8(offset: 2))
        #expect(Fixture.error([quote, 0x61] + sequence) == .invalidUTF8(offset: 2))
    }

    @Test(
        "half a surrogate pair is refused",
        arguments: [
            #"\ud800"#, #"\uDBFF"#, #"\udc00"#, #"\uDFFF"#, #"\ud800x"#, #"\ud800\n"#, #"\ud800\ud800"#,
            #"\ud800\u0041"#, #"\udc00\ud800"#,
        ])
    func loneSurrogate(escape: String) {
        #expect(Fixture.error("\"a\(escape)\"") == .loneSurrogate(offset: 2))
    }

    @Test(
        "a backslash before anything that is no escape is refused",
        arguments: [
            #"\a"#, #"\'"#, #"\0"#, #"\x41"#, #"\U0041"#, #"\u004g"#, #"\u+041"#, #"\u 041"#, #"\u"00"#,
            "\\\u{A}", #"\é"#,
        ])
    func invalidEscape(escape: String) {
        #expect(Fixture.error("\"a\(escape)zzzz\"") == .invalidEscape(offset: 2))
    }

    @Test("a control character inside a string is refused", arguments: 0..<UInt8(0x20))
    func controlCharacter(byte: UInt8) {
        #expect(Fixture.error([0x22, 0x61, byte, 0x22]) == .controlCharacter(offset: 2))
        #expect(Fixture.error(#"{""# + String(UnicodeScalar(byte)) + #"":1}"#) == .controlCharacter(offset: 2))
    }

    @Test("NUL is refused in a key however it is written, and read in a value")
    func nulInKey() throws {
        #expect(Fixture.error(#"{"a\u0000b": 1}"#) == .nulInKey(offset: 3))
        #expect(Fixture.error(#"[{"a": {"\u0000": 1}}]"#) == .nulInKey(offset: 9))
        #expect(try Fixture.parse(#"{"a": "x\u0000y"}"#)["a"]?.string == "x\u{0}y")
    }

    @Test("U+0000 in a key is read where it is allowed")
    func allowedNulInKey() throws {
        var limits = JSONLimits()
        limits.allowsNulInKeys = true
        let value = try JSONValue.parse(Array(#"{"a\u0000b": 1}"#.utf8), limits: limits)
        #expect(value.members.map(\.key.utf8.count) == [3])
    }

    @Test(
        "a number outside of the grammar is refused at its first byte",
        arguments: [
            "00", "01", "-01", "-", "-a", "1.", "1.e2", "1.x", "1e", "1e+", "1E-", "1ex", "0e", "-0.", "0123.5",
        ])
    func invalidNumber(text: String) {
        #expect(Fixture.error("[\(text)]") == .invalidNumber(offset: 1))
        #expect(Fixture.error(text) == .invalidNumber(offset: 0))
    }

    @Test("an error tells its place and its reason, and nothing of the document")
    func description() throws {
        let error = try #require(Fixture.error(#"{"secret":1,"secret":2}"#))
        #expect("\(error)" == "duplicate key at byte 12")
        #expect(error.offset == 12)
    }
}
