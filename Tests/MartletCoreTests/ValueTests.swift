import MartletCore
import Testing

@Suite("Decimals")
struct DecimalTests {
    @Test(
        "a number keeps every digit it was written with",
        arguments: [
            ("1000.00004", "1000.00004"), ("1000.00", "1000"), ("-0.50", "-0.5"), ("1e3", "1000"), ("12.5e-1", "1.25"),
            ("0", "0"), ("-0", "0"), ("0.000000000000000001", "0.000000000000000001"),
        ])
    func reading(text: String, shown: String) throws {
        #expect(try #require(Decimal(text)).description == shown)
    }

    @Test(
        "a number that cannot be kept exactly is refused",
        arguments: [
            "1e65", "99999999999999999999", "0.0000000000000000001", "", "-", "1x", "0x10", "1e", "NaN",
        ])
    func refusing(text: String) {
        #expect(Decimal(text) == nil)
    }

    @Test(
        "numbers compare by value, whatever their scale",
        arguments: [
            ("1000", "1000.00004", true), ("1000.0", "1000", false), ("-1", "0", true), ("0.1", "0.09", false),
        ])
    func comparing(left: String, right: String, isLess: Bool) throws {
        #expect((try #require(Decimal(left)) < #require(Decimal(right))) == isLess)
    }
}

@Suite("Times")
struct UnixTimeTests {
    @Test(
        "a time is written and read back the same",
        arguments: [
            "2026-11-22T19:00:42.123456Z", "1970-01-01T00:00:00.000000Z", "1969-12-31T23:59:59.999999Z",
            "2024-02-29T12:00:00.000000Z",
        ])
    func roundTrip(text: String) throws {
        #expect(try #require(UnixTime(rfc3339: text)).rfc3339 == text)
    }

    @Test(
        "a time that does not exist is refused",
        arguments: [
            "2026-02-29", "2026-13-01", "2026-11-22T25:00:00Z", "2026-11-22T10:00:00", "22.11.2026", "2026-11-22 ", "",
        ])
    func refusing(text: String) { #expect(UnixTime(rfc3339: text) == nil) }

    @Test(
        "years that have no four digits are written in full",
        arguments: [
            (2_932_897, "10000-01-01"),
            (3_789_391, "12345-01-01"),
            (-719_162, "0001-01-01"),
            (-719_528, "0000-01-01"),
            (-719_893, "00-1-01-01"),
        ] as [(Int64, String)])
    func years(days: Int64, date: String) {
        #expect(UnixTime(seconds: days * 86_400).rfc3339 == date + "T00:00:00.000000Z")
    }

    @Test("an offset is applied")
    func offset() throws {
        #expect(try #require(UnixTime(rfc3339: "2026-11-22T20:00:00+01:00")).rfc3339 == "2026-11-22T19:00:00.000000Z")
    }
}

@Suite("Secrets and ids")
struct SecretTests {
    @Test("a secret is not shown by any way of printing")
    func printing() {
        let secret = Secret("hunter2")
        #expect("\(secret) \(String(reflecting: secret)) \(String(describing: [secret]))".contains("hunter2") == false)
    }

    @Test("a call id is a version 7 UUID that sorts by time")
    func callID() throws {
        let bits = RandomBits(high: .max, low: .max)
        let early = CallID(time: UnixTime(seconds: 1_700_000_000), random: bits)
        let late = CallID(time: UnixTime(seconds: 1_700_000_001), random: bits)
        #expect(early.rawValue < late.rawValue)
        #expect(early.rawValue.dropFirst(14).first == "7")
        #expect(CallID(early.rawValue) == early)
    }

    @Test(
        "identifiers are 1 to their limit of the allowed bytes",
        arguments: [
            ("erp", true), ("", false), ("a b", false), ("é", false), (String(repeating: "a", count: 128), true),
            (String(repeating: "a", count: 129), false), ("a/b", false),
        ])
    func toolNames(text: String, isValid: Bool) { #expect((ToolName(text) != nil) == isValid) }
}
