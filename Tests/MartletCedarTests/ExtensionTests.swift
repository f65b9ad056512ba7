import MartletCedar
import Testing

@Suite("Extension types")
struct ExtensionTests {
    @Test(
        "a decimal has one to four digits after the point and is exact",
        arguments: [
            ("1.0", 10_000), ("-0.5", -5_000), ("0.0001", 1), ("00.10", 1_000), ("-0.0", 0),
            ("922337203685477.5807", Int64.max), ("-922337203685477.5808", Int64.min),
        ] as [(Text, Int64)])
    func decimals(text: Text, tenThousandths: Int64) {
        #expect(Decimal(text)?.tenThousandths == tenThousandths)
    }

    @Test(
        "a text that is no decimal",
        arguments: [
            "", "1", "1.", ".1", "1.00000", "+1.0", "1.0.0", " 1.0", "1.0 ", "1e2.0", "--1.0", "922337203685477.5808",
            "-922337203685477.5809", "99999999999999999999.0", "\u{661}.0", "1.-1",
        ] as [Text])
    func noDecimals(text: Text) {
        #expect(Decimal(text) == nil)
    }

    @Test(
        "an address or a range",
        arguments: [
            ("127.0.0.1", "127.0.0.1/32"), ("10.0.0.0/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("::1", "::1/128"),
            ("::", "::/128"), ("ffee::/64", "ffee::/64"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8/128"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0/128"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8/128"),
            ("1::2:0:0:0:3", "1:0:0:2::3/128"), ("ABCD::ef01/0", "abcd::ef01/0"),
            ("1:0:0:2:0:0:0:3/128", "1:0:0:2::3/128"),
        ] as [(Text, String)])
    func addresses(text: Text, printed: String) {
        #expect(IPAddress(text)?.description == printed)
    }

    @Test(
        "a text that is no address",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4/33", "1.2.3.4/08", "1.2.3.4/", "1.2.3.4/-1",
            "::ffff:1.2.3.4", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":::", "12345::", "g::", "::/129",
            "::/064",
            "1:2:3:4:5:6:7:8::", ":1:2:3:4:5:6:7", "1.2.3.4 ", "1:2:3:4:5:6:7:", "::1/0128", "/8",
            "0000:0000:0000:0000:0000:0000:0000:0001/1280",
        ] as [Text])
    func noAddresses(text: Text) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "questions about addresses",
        arguments: [
            "ip(\"10.1.2.3\").isInRange(ip(\"10.0.0.0/8\"))", "!ip(\"11.1.2.3\").isInRange(ip(\"10.0.0.0/8\"))",
            "!ip(\"10.0.0.0/7\").isInRange(ip(\"10.0.0.0/8\"))", "ip(\"10.0.0.0/9\").isInRange(ip(\"10.0.0.0/8\"))",
            "ip(\"1.2.3.4\").isInRange(ip(\"0.0.0.0/0\"))", "ip(\"::5\").isInRange(ip(\"::/0\"))",
            "!ip(\"::5\").isInRange(ip(\"0.0.0.0/0\"))", "ip(\"127.0.0.0/8\").isLoopback()", "ip(\"::1\").isLoopback()",
            "!ip(\"127.0.0.0/7\").isLoopback()", "!ip(\"::1/127\").isLoopback()", "ip(\"224.0.0.0/4\").isMulticast()",
            "!ip(\"224.0.0.0/3\").isMulticast()", "ip(\"ff00::/8\").isMulticast()", "!ip(\"ff00::/7\").isMulticast()",
            "ip(\"1.2.3.4\").isIpv4()", "!ip(\"1.2.3.4\").isIpv6()", "ip(\"1.2.3.4\") == ip(\"1.2.3.4/32\")",
            "ip(\"1.2.3.4/8\") != ip(\"1.2.3.0/8\")",
        ])
    func questions(condition: String) throws {
        #expect(try Fixture.outcome(of: condition) == .yes)
    }

    @Test(
        "a point in time",
        arguments: [
            ("1970-01-01", 0), ("1969-12-31", -86_400_000), ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
            ("2024-01-01T00:00:00Z", 1_704_067_200_000), ("2024-01-01T00:00:00+0130", 1_704_061_800_000),
            ("2024-01-01T00:00:00.500-2359", 1_704_153_540_500), ("0000-01-01", -62_167_219_200_000),
            ("9999-12-31", 253_402_214_400_000), ("2000-03-01", 951_868_800_000), ("1900-03-01", -2_203_891_200_000),
        ] as [(Text, Int64)])
    func datetimes(text: Text, milliseconds: Int64) {
        #expect(Datetime(text)?.milliseconds == milliseconds)
    }

    @Test(
        "a text that is no point in time",
        arguments: [
            "", "2024", "2024-1-01", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-32", "2023-02-29", "1900-02-29",
            "2024-01-01T", "2024-01-01T00:00:00", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01T00:00:00z", "2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00.1234Z", "2024-01-01T00:00:00+2400",
            "2024-01-01T00:00:00+0060", "2024-01-01T00:00:00+01:00", "2024-01-01T00:00:00Z ", "2024-01-01 00:00:00Z",
            "-2024-01-01", "12024-01-01", "2024-01-01Z",
        ] as [Text])
    func noDatetimes(text: Text) {
        #expect(Datetime(text) == nil)
    }

    @Test(
        "a length of time",
        arguments: [
            ("1d2h3m4s5ms", 93_784_005), ("-1d", -86_400_000), ("0s", 0), ("1ms", 1), ("90m", 5_400_000),
            ("1d1ms", 86_400_001),
            ("9223372036854775807ms", Int64.max), ("-9223372036854775808ms", Int64.min), ("007s", 7_000),
        ] as [(Text, Int64)])
    func durations(text: Text, milliseconds: Int64) {
        #expect(Duration(text)?.milliseconds == milliseconds)
    }

    @Test(
        "a text that is no length of time",
        arguments: [
            "", "-", "1", "d", "1s1m", "1d1d", "1.5s", "+1s", "1 s", "1S", "--1s", "9223372036854775808ms",
            "-9223372036854775809ms", "106751991168d", "1d-1h", "1msx", "99999999999999999999d",
            "1s9223372036854775807ms", "-1s9223372036854775808ms",
        ] as [Text])
    func noDurations(text: Text) {
        #expect(Duration(text) == nil)
    }

    @Test(
        "arithmetic of time",
        arguments: [
            "datetime(\"2024-01-01\").offset(duration(\"1d\")) == datetime(\"2024-01-02\")",
            "datetime(\"2024-01-02\").durationSince(datetime(\"2024-01-01\")) == duration(\"24h\")",
            "datetime(\"2024-01-01T10:00:00Z\").toDate() == datetime(\"2024-01-01\")",
            "datetime(\"1969-12-31T10:00:00Z\").toDate() == datetime(\"1969-12-31\")",
            "datetime(\"1969-12-31T10:00:00Z\").toTime() == duration(\"10h\")",
            "duration(\"1d2h\").toHours() == 26 && duration(\"36h\").toDays() == 1 && duration(\"-90s\").toMinutes() == -1",
            "duration(\"1500ms\").toSeconds() == 1 && duration(\"2s\").toMilliseconds() == 2000",
            "duration(\"1s\") < duration(\"1m\") && datetime(\"2024-01-01\") <= datetime(\"2024-01-01\")",
            "datetime(\"2024-01-01\") > datetime(\"2023-01-01\") && duration(\"-1s\") < duration(\"0s\")",
        ])
    func arithmetic(condition: String) throws {
        #expect(try Fixture.outcome(of: condition) == .yes)
    }

    @Test(
        "a result outside of 64 bits is an error",
        arguments: [
            ("datetime(\"2024-01-01\").offset(duration(\"9223372036854775807ms\")) == 1", ExtensionFunction.offset),
            ("datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\")).toDate() == 1", .toDate),
            (
                "datetime(\"1970-01-01\").durationSince(datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\"))) == 1",
                .durationSince
            ),
        ])
    func overflow(condition: String, function: ExtensionFunction) throws {
        #expect(try Fixture.outcome(of: condition) == .failure(.invalidArgument(function)))
    }
}
