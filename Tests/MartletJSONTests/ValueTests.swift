import MartletJSON
import Testing

@Suite("Keys")
struct KeyTests {
    @Test("a key is found by all of its bytes and by no other ones", arguments: 1...20)
    func comparison(length: Int) throws {
        let key = String(repeating: "k", count: length)
        let object = try JSONValue.parse(Array(#"{"\#(key)":1}"#.utf8))
        #expect(object[key]?.integer == 1)
        for place in 0..<length {
            var other = Array(repeating: "k", count: length)
            other[place] = "j"
            #expect(object[other.joined()] == nil)
        }
        #expect(object[key + "k"] == nil)
        #expect(object[String(key.dropLast())] == nil)
    }

    @Test("what may look like a key has as many bytes or is not plain; the key itself is not among them")
    func lookalikes() throws {
        let text = #"{"amount":1,"Amount":2,"vendor":3,"memo":4,"amoun\u0074s":5,"ämt":6,"\u0061mount2":7}"#
        let object = try JSONValue.parse(Array(text.utf8))
        #expect(object.keys(thatMayLookLike: "amount") == ["Amount", "vendor", "amounts", "ämt", "amount2"])
        let escaped = try JSONValue.parse(Array(#"{"\u0061mount":1}"#.utf8))
        #expect(escaped.keys(thatMayLookLike: "amount") == [])
        #expect(JSONValue.null.keys(thatMayLookLike: "amount") == [])
    }
}

@Suite("Reading values")
struct ValueTests {
    @Test(
        "each kind is told apart, with whitespace of all four sorts around it",
        arguments: [
            ("null", JSONValue.Kind.null), ("true", .boolean), ("false", .boolean), ("-0.5e+7", .number),
            (#""x""#, .string),
            ("[]", .array), ("{}", .object),
        ])
    func kinds(text: String, kind: JSONValue.Kind) throws {
        #expect(try Fixture.parse("\t\n\r " + text + " \r\n\t").kind == kind)
    }

    @Test("a question for another kind gives nothing")
    func otherKinds() throws {
        let number = try Fixture.parse("1")
        #expect(number.string == nil && number.bool == nil && !number.isNull && number["a"] == nil && number[0] == nil)
        #expect(number.count == 0 && Array(number.elements).isEmpty && Array(number.members).isEmpty)
        let string = try Fixture.parse(#""1""#)
        #expect(string.numberText == nil && string.integer == nil && string.count == 0)
        let object = try Fixture.parse(#"{"0":1}"#)
        #expect(object[0] == nil && Array(object.elements).isEmpty)
        let array = try Fixture.parse("[1]")
        #expect(array["0"] == nil && array.member("0") == nil && Array(array.members).isEmpty)
    }

    @Test("booleans and null read as themselves")
    func literals() throws {
        let value = try Fixture.parse("[true,false,null]")
        #expect(value[0]?.bool == true && value[1]?.bool == false && value[2]?.isNull == true)
        #expect(value[3] == nil && value[-1] == nil)
    }

    @Test(
        "strings are unescaped",
        arguments: [
            (#""""#, ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
            (#""\ud83d\ude02\uD800\uDC00\udbff\udfff""#, "😂\u{10000}\u{10FFFF}"), (#""é€😂""#, "é€😂"),
            (#""\u0000\u007f\u0080\u07ff\u0800\uffff""#, "\u{0}\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}"),
            (#""\\u0041""#, "\\u0041"), (#""\ud7ff\ue000""#, "\u{D7FF}\u{E000}"),
        ])
    func strings(text: String, expected: String) throws {
        let value = try #require(try Fixture.parse(text).string)
        #expect(Array(value.utf8) == Array(expected.utf8))
    }

    @Test("a byte that matters is seen at every place of strings of every short length", arguments: 0..<20)
    func everyPlace(length: Int) throws {
        for place in 0..<length {
            let (before, after) = (
                String(repeating: "~", count: place), String(repeating: " ", count: length - place - 1)
            )
            #expect(Fixture.error("\"\(before)\u{1F}\(after)\"") == .controlCharacter(offset: place + 1))
            #expect(Fixture.error("\"\(before)\"\(after)") == nil)
            #expect(try Fixture.parse("\"\(before)\\n\(after)\"").string == "\(before)\n\(after)")
            #expect(try Fixture.parse("\"\(before)é\(after)\"").string == "\(before)é\(after)")
            #expect(
                Fixture.error(Array("\"\(before)".utf8) + [0x80] + Array("\(after)\"".utf8))
                    == .invalidUTF8(offset: place + 1))
        }
        let plain = String(repeating: "!#[]^\u{7F}", count: length).prefix(length)
        #expect(try Fixture.parse("\"\(plain)\"").string == String(plain))
    }

    @Test(
        "a number keeps its text, and is an integer only when written as one that fits",
        arguments: [
            ("0", 0), ("-0", 0), ("42", 42), ("-1", -1), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("18446744073709551616", nil), ("1.0", nil),
            ("1e2", nil), ("1E0", nil), ("0.5", nil), ("99999999999999999999999999999999", nil),
        ] as [(String, Int64?)])
    func numbers(text: String, integer: Int64?) throws {
        let value = try Fixture.parse("[\(text)]")[0]
        #expect(value?.numberText == text)
        #expect(value?.integer == integer)
    }

    @Test("elements and members come in order, nested ones stepped over")
    func order() throws {
        let value = try Fixture.parse(#"{"b":[1,[2,{"x":[]}],3],"\u0061":{"b":{}},"c":null}"#)
        #expect(value.members.map(\.key) == ["b", "a", "c"])
        #expect(value.members.map(\.value.kind) == [.array, .object, .null])
        #expect(value.count == 3 && value["b"]?.count == 3)
        #expect(value["b"]?.elements.map(\.kind) == [.number, .array, .number])
        #expect(value["b"]?[2]?.integer == 3)
    }

    @Test("lookup is byte-exact: neither case nor Unicode form is folded")
    func lookup() throws {
        let value = try Fixture.parse(#"{"Name":1,"e\u0301":2,"\u006eame":3,"caf\u00e9":4}"#)
        #expect(value["name"]?.integer == 3 && value.member("name")?.integer == 3)
        #expect(value["Name"]?.integer == 1 && value["NAME"] == nil && value.member("nam") == nil)
        #expect(value["é"] == nil && value.member("é") == nil && value["e\u{301}"]?.integer == 2)
        #expect(value["café"]?.integer == 4 && value.member("cafe\u{301}") == nil)
    }

    @Test("a string is compared without unescaping it first")
    func isString() throws {
        let value = try Fixture.parse(#"["tools/call","tools\/\u0063all",1,""]"#)
        #expect(value[0]?.isString("tools/call") == true && value[1]?.isString("tools/call") == true)
        #expect(value[0]?.isString("tools/cal") == false && value[1]?.isString("tools/calls") == false)
        #expect(value[2]?.isString("1") == false && value[3]?.isString("") == true && value[0]?.isString("") == false)
    }

    @Test("the ready-made values are what they say")
    func readyMade() throws {
        #expect(JSONValue.null.isNull && JSONValue.null.serialized() == Array("null".utf8))
        #expect(JSONValue.emptyObject.kind == .object && JSONValue.emptyObject.count == 0)
        #expect(try JSONValue.emptyObject.canonical() == Array("{}".utf8))
    }
}
