import MartletJSON
import Testing

@Suite("Writer")
struct WriterTests {
    private func written(_ write: (inout JSONWriter) throws -> Void) rethrows -> String {
        var writer = JSONWriter(capacity: 16)
        try write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("commas stand between items and nowhere else")
    func commas() {
        let text = written {
            $0.beginObject()
            $0.key("a")
            $0.beginArray()
            $0.number(1)
            $0.beginObject()
            $0.endObject()
            $0.beginArray()
            $0.endArray()
            $0.null()
            $0.bool(true)
            $0.endArray()
            $0.member("b", bool: false)
            $0.key("c" as StaticString)
            $0.beginObject()
            $0.member("d", int: -1)
            $0.endObject()
            $0.member("e", string: "x")
            $0.endObject()
        }
        #expect(text == #"{"a":[1,{},[],null,true],"b":false,"c":{"d":-1},"e":"x"}"#)
    }

    @Test("bytes are written as hexadecimal digits and as base 64, without texts in between")
    func encodedBytes() {
        let text = written {
            $0.beginArray()
            $0.string("sha256:", hex: [0x00, 0x9A, 0xFF])
            $0.string("", hex: [])
            $0.string(base64URL: [3, 236, 255, 224, 193])
            $0.string(base64URL: [])
            $0.endArray()
        }
        #expect(text == #"["sha256:009aff","","A-z_4ME",""]"#)
    }

    @Test("members that are always the same stand among others")
    func writtenMembers() {
        let (origin, nothing) = (
            WrittenMembers { writer in
                writer.member("b", int: 1)
                writer.member("c", string: "x")
            }, WrittenMembers { _ in }
        )
        let text = written {
            $0.beginObject()
            $0.members(nothing)
            $0.members(origin)
            $0.members(nothing)
            $0.member("d", bool: true)
            $0.members(origin)
            $0.endObject()
        }
        #expect(text == #"{"b":1,"c":"x","d":true,"b":1,"c":"x"}"#)
    }

    @Test("one character that needs an escape is found wherever it stands", arguments: 1...26)
    func escapes(length: Int) throws {
        for place in 0..<length {
            for character in ["\"", "\\", "\u{1F}", "\u{7F}", "é"] {
                var characters = Array(repeating: "a", count: length)
                characters[place] = character
                let text = characters.joined()
                let json = written { $0.string(text) }
                #expect(try JSONValue.parse(Array(json.utf8)).string?.utf8.elementsEqual(text.utf8) == true)
            }
        }
    }

    @Test("members are taken over in order, but those that are named, however they are spelled")
    func takesMembersOver() throws {
        let object = try Fixture.parse(#"{ "a" : 1.50, "\u0062" : [ 1 , {"a":2} ], "c\/d" : "\u00e9", "e" : null }"#)
        func members(except names: [StaticString], of value: JSONValue) -> String {
            written {
                $0.beginObject()
                $0.member("first", int: 0)
                $0.members(of: value, except: names)
                $0.member("last", int: 1)
                $0.endObject()
            }
        }
        #expect(
            members(except: ["x"], of: object)
                == #"{"first":0,"a":1.50,"b":[1,{"a":2}],"c/d":"é","e":null,"last":1}"#)
        #expect(members(except: ["b", "e"], of: object) == #"{"first":0,"a":1.50,"c/d":"é","last":1}"#)
        #expect(members(except: [], of: .emptyObject) == #"{"first":0,"last":1}"#)
        #expect(members(except: [], of: try #require(object["b"])) == #"{"first":0,"last":1}"#)
    }

    @Test("numbers are written to their last digit")
    func numbers() {
        let text = written {
            $0.beginArray()
            for number in [Int64.min, -1, 0, 9, 10, 1_000_000, .max] { $0.number(number) }
            $0.number(UInt64.max)
            $0.rawNumber("1.50e+400")
            $0.endArray()
        }
        #expect(
            text
                == "[-9223372036854775808,-1,0,9,10,1000000,9223372036854775807,18446744073709551615,1.50e+400]")
    }

    @Test(
        "text that is no number cannot be smuggled in as one",
        arguments: ["", "1,2", "01", "1 ", "NaN", "\"a\"", "1}", "-"])
    func rawNumber(text: String) {
        #expect(written { $0.rawNumber(text) } == "null")
    }

    @Test("strings and keys are escaped, minimally")
    func escapes() throws {
        let hostile = "\"\\/\u{0}\u{1F}\u{7F}\n\u{2028}é😂"
        let text = written {
            $0.beginObject()
            $0.member(hostile, string: hostile)
            $0.key("\"\n" as StaticString)
            $0.null()
            $0.endObject()
        }
        let escaped = "\"\\\"\\\\/\\u0000\\u001f\u{7F}\\n\u{2028}é😂\""
        #expect(text == "{\(escaped):\(escaped),\"\\\"\\n\":null}")
    }

    @Test("parsed values and raw bytes are set in as they are")
    func values() throws {
        let value = try Fixture.parse(#"{"a": [1.50, "\u0041"]}"#)
        let text = try written {
            $0.beginObject()
            $0.member("v", value: value)
            $0.member("w", value: try #require(value["a"]?[1]))
            $0.member("r", raw: Array("[0]".utf8))
            $0.key("s")
            $0.raw(Array("true".utf8))
            $0.member("u", int: UInt64.max)
            $0.endObject()
        }
        #expect(text == #"{"v":{"a":[1.50,"A"]},"w":"A","r":[0],"s":true,"u":18446744073709551615}"#)
    }
}
