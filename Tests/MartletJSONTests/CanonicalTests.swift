import Foundation
import MartletJSON
import Testing

@Suite("Canonical form (RFC 8785)")
struct CanonicalTests {
    @Test("members are ordered by UTF-16 code units at every depth, after unescaping")
    func order() throws {
        #expect(
            try Fixture.canonical(#"{"b":{"\u0064":1,"c":[{"z":1,"a":2}]},"a":2,"":0,"aa":3,"B":4}"#)
                == #"{"":0,"B":4,"a":2,"aa":3,"b":{"c":[{"a":2,"z":1}],"d":1}}"#)
    }

    @Test(
        "a supplementary character stands before U+E000 to U+FFFF, also in the middle of a key",
        arguments: ["", "x", "é", "😂"])
    func supplementary(prefix: String) throws {
        let keys = ["\u{D7FF}", "\u{10000}", "\u{1F602}", "\u{10FFFF}", "\u{E000}", "\u{FB33}", "\u{FFFF}"].map {
            prefix + $0
        }
        let expected = "{" + keys.map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        #expect(
            try Fixture.canonical("{" + keys.reversed().map { "\"\($0)\":0" }.joined(separator: ",") + "}") == expected)
    }

    @Test("many members are ordered as few are", arguments: [12, 13, 200])
    func many(count: Int) throws {
        var generator = SplitMix64(state: 7)
        let sorted = (0..<count).map { "\"k\(1000 + $0)\":[{\"b\":0,\"a\":\($0)}]" }
        let expected = sorted.map { $0.replacing("\"b\":0,", with: "").replacing("}", with: ",\"b\":0}") }
        #expect(
            try Fixture.canonical("{" + sorted.shuffled(using: &generator).joined(separator: ",") + "}")
                == "{" + expected.joined(separator: ",") + "}")
    }

    @Test(
        "the sample files of the RFC come out byte for byte",
        arguments: ["arrays", "french", "structures", "unicode", "values", "weird"])
    func samples(name: String) throws {
        guard let input = Self.sample("input", name), let output = Self.sample("output", name) else {
            print("sample files of RFC 8785 not found: \(name) was not compared")
            return
        }
        guard name == "values" else {
            #expect(try JSONValue.parse(input).canonical() == output)
            return
        }
        // The one number of the samples that no double prints as, which we refuse.
        let value = try JSONValue.parse(input)
        #expect(throws: JSONError.numberNotExact(offset: 16)) { try value.canonical() }
        let exact = String(decoding: input, as: UTF8.self).replacing("333333333.33333329", with: "333333333.3333333")
        #expect(try Fixture.canonical(exact) == String(decoding: output, as: UTF8.self))
    }

    private static func sample(_ folder: String, _ name: String) -> [UInt8]? {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = package.appending(path: "../shared/data/jcs/\(folder)/\(name).json").standardized
        return FileManager.default.contents(atPath: file.path()).map { Array($0) }
    }
}

@Suite("Canonical numbers")
struct CanonicalNumberTests {
    /// Source: RFC 8785 appendix B, the rows that are numbers.
    @Test(
        "numbers as ECMAScript prints them stay as they are",
        arguments: [
            "0", "5e-324", "-5e-324", "1.7976931348623157e+308", "-1.7976931348623157e+308", "9007199254740992",
            "-9007199254740992", "295147905179352830000", "9.999999999999997e+22", "1e+23", "1.0000000000000001e+23",
            "999999999999999700000", "999999999999999900000", "1e+21", "9.999999999999997e-7", "0.000001",
            "333333333.3333332", "333333333.33333325", "333333333.3333333", "333333333.3333334", "333333333.33333343",
            "-0.0000033333333333333333", "1424953923781206.2",
        ])
    func fixedPoints(text: String) throws {
        #expect(try Fixture.canonical(text) == text)
    }

    @Test(
        "another spelling of the same decimal becomes the one ECMAScript prints",
        arguments: [
            ("-0", "0"), ("0.000", "0"), ("-0e5", "0"), ("0e999999999999999999999999", "0"), ("1.0", "1"),
            ("1.50", "1.5"),
            ("1e2", "100"), ("1E+2", "100"), ("12.34e1", "123.4"), ("120e-1", "12"), ("1e20", "100000000000000000000"),
            ("1e21", "1e+21"), ("100000000000000000000", "100000000000000000000"), ("1000000000000000000000", "1e+21"),
            ("0.0000010", "0.000001"), ("0.0000001", "1e-7"), ("0.00000012", "1.2e-7"), ("123e-20", "1.23e-18"),
            ("123456789012345e10", "1.23456789012345e+24"), ("9007199254740991", "9007199254740991"), ("0.1", "0.1"),
            ("0.10000000000000000000000000000000000000000000000000000", "0.1"),
            ("22250738585072014e-324", "2.2250738585072014e-308"),
            ("10000000000000000000000000000000000e-34", "1"), ("2251799813685249.5", "2251799813685249.5"),
            ("1e-300", "1e-300"), ("1e300", "1e+300"), ("1e-301", "1e-301"), ("1e301", "1e+301"),
        ])
    func normalised(text: String, expected: String) throws {
        #expect(try Fixture.canonical(text) == expected)
    }

    @Test(
        "a number that its double prints differently is refused, not rounded",
        arguments: [
            "9007199254740993", "333333333.33333329", "0.1000000000000000055511151231257827", "1152921504606846976",
            "123456789012345678", "100000000000000000001", "1e309", "1e400", "-1e999999999999999999999", "1e-400",
            "4e-324", "2e-324",
            "1.797693134862315e309", "1.7976931348623159e308", "9999999999999999", "0.99999999999999999",
            "1.23456789012345e-320", "99999999999999999.9", "4503599627370497.5",
        ])
    func refused(text: String) throws {
        let value = try Fixture.parse("[0, \(text)]")
        #expect(throws: JSONError.numberNotExact(offset: 4)) { try value.canonical() }
    }

    @Test("what a double prints is taken, for doubles of every size")
    func printedDoubles() throws {
        var generator = SplitMix64(state: 42)
        for _ in 0..<5000 {
            let double = Double(bitPattern: generator.next())
            guard double.isFinite else { continue }
            let canonical = try Fixture.canonical("\(double)")
            #expect(Double(canonical) == double)
            #expect(try Fixture.canonical(canonical) == canonical)
        }
    }

    @Test("the short cut for up to 15 digits agrees with the double")
    func shortCut() throws {
        var generator = SplitMix64(state: 43)
        for _ in 0..<5000 {
            let digits = Int64.random(in: 1..<1_000_000_000_000_000, using: &generator)
            let text = "\(digits)e\(Int.random(in: -314...284, using: &generator))"
            let double = try #require(Double(text))
            #expect(try Fixture.canonical(text) == (try Fixture.canonical("\(double)")))
        }
    }
}
