import MartletCore
import Testing

@testable import MartletPolicy

@Suite("Constraints on arguments")
struct ConstraintTests {
    private func word(_ grant: String, _ arguments: String?, tool: String = "issue_payment") throws -> String {
        try Fixture.engine(grant).decide(Fixture.call(arguments, tool: tool), approval: nil, now: Fixture.now).word
    }

    @Test(
        "an amount is compared exactly, its limit is inclusive, and it must be a positive number",
        arguments: [
            ("1000", "permit"), ("1000.00", "permit"), ("1e3", "permit"), ("0.01", "permit"),
            ("1000.01", "amount_above_limit"), ("1000.00004", "amount_above_limit"),
            ("1000.000000000000001", "amount_above_limit"), ("1e4", "amount_above_limit"),
            ("0", "amount_not_positive"), ("0.00", "amount_not_positive"), ("-0", "amount_not_positive"),
            ("-1", "amount_not_positive"), ("-1000000", "amount_not_positive"),
            ("1000.0000000000000000001", "not_representable"), ("1e30", "not_representable"),
            ("99999999999999999999", "not_representable"), ("1e-30", "not_representable"),
            (#""250""#, "wrong_type"), ("null", "wrong_type"), ("true", "wrong_type"), ("[250]", "wrong_type"),
            (#"{"value": 250}"#, "wrong_type"),
        ])
    func amounts(amount: String, expected: String) throws {
        let arguments = #"{"amount": \#(amount), "currency": "EUR", "vendor_id": "V-100"}"#
        #expect(try word(Fixture.seed, arguments) == expected)
    }

    @Test(
        "a currency is the one of the grant, byte for byte",
        arguments: [
            (#""EUR""#, "permit"), (#""USD""#, "currency_not_allowed"), (#""eur""#, "currency_not_allowed"),
            (#""EUR ""#, "currency_not_allowed"), (#""""#, "currency_not_allowed"), ("978", "wrong_type"),
            ("null", "wrong_type"), (#"["EUR"]"#, "wrong_type"),
        ])
    func currencies(currency: String, expected: String) throws {
        let arguments = #"{"amount": 250, "currency": \#(currency), "vendor_id": "V-100"}"#
        #expect(try word(Fixture.seed, arguments) == expected)
    }

    @Test("an amount above the limit in another currency is told as the currency, not as the amount")
    func currencyFirst() throws {
        let arguments = #"{"amount": 5000, "currency": "USD", "vendor_id": "V-100"}"#
        #expect(try word(Fixture.seed, arguments) == "currency_not_allowed")
    }

    @Test(
        "a listed value is permitted byte for byte",
        arguments: [
            ("V-100", "permit"), ("V-200", "permit"), ("V-300", "value_not_listed"), ("v-100", "value_not_listed"),
            ("V-100 ", "value_not_listed"), ("", "value_not_listed"), ("*", "value_not_listed"),
            // Equal for Swift and Unicode, different bytes for the upstream.
            ("caf\u{E9}", "permit"), ("cafe\u{301}", "value_not_listed"),
        ])
    func lists(vendor: String, expected: String) throws {
        let arguments = #"{"amount": 250, "currency": "EUR", "vendor_id": "\#(vendor)"}"#
        #expect(try word(Fixture.seed, arguments) == expected)
    }

    @Test(
        "a bound argument that is absent denies",
        arguments: [
            nil, "{}", #"{"currency": "EUR", "vendor_id": "V-100"}"#, #"{"amount": 250, "vendor_id": "V-100"}"#,
            #"{"amount": 250, "currency": "EUR"}"#, #"{"Amount": 250, "currency": "EUR", "vendor_id": "V-100"}"#,
        ])
    func missing(arguments: String?) throws {
        #expect(try word(Fixture.seed, arguments) == "argument_missing")
    }

    @Test("arguments that are no object deny", arguments: ["[]", "250", #""x""#, "null"])
    func noObject(arguments: String) throws {
        #expect(try word(Fixture.seed, arguments) == "wrong_type")
        #expect(try word(Fixture.full(#""scope": []"#), arguments) == "wrong_type")
    }

    @Test(
        "every element of a list must satisfy, and there must be one",
        arguments: [
            (#"[{"amount": 10, "currency": "EUR"}]"#, "permit"),
            (#"[{"amount": 10, "currency": "EUR"}, {"amount": 1000, "currency": "EUR"}]"#, "permit"),
            (#"[{"amount": 10, "currency": "EUR"}, {"amount": 1001, "currency": "EUR"}]"#, "amount_above_limit"),
            (#"[{"amount": 1001, "currency": "EUR"}, {"amount": 10, "currency": "EUR"}]"#, "amount_above_limit"),
            (#"[{"amount": 10, "currency": "EUR"}, {"amount": 10, "currency": "USD"}]"#, "currency_not_allowed"),
            (#"[{"amount": 10, "currency": "EUR"}, {"amount": 10}]"#, "argument_missing"),
            (#"[{"amount": 10, "currency": "EUR"}, 7]"#, "wrong_type"),
            (
                #"{"a": {"amount": 10, "currency": "EUR"}, "b": {"amount": 1001, "currency": "EUR"}}"#,
                "amount_above_limit"
            ),
            ("[]", "argument_missing"), ("{}", "argument_missing"), ("null", "wrong_type"), (#""x""#, "wrong_type"),
        ])
    func everyElement(payments: String, expected: String) throws {
        let grant = """
            {"agent_role": "finance_executor", "tool": "issue_batch", "scope": ["max_amount_1000_eur"],
             "requires_approval": false}
            """
        #expect(try word(grant, #"{"payments": \#(payments)}"#, tool: "issue_batch") == expected)
    }

    @Test(
        "an amount may have a lower limit too, and its own currency argument",
        arguments: [
            ("9.99", "amount_below_limit"), ("10", "permit"), ("20", "permit"), ("20.01", "amount_above_limit"),
            ("0", "amount_not_positive"),
        ])
    func amountRange(amount: String, expected: String) throws {
        let grant = Fixture.constrained(
            """
            {"argument": "/order/total",
             "amount": {"minimum": 10, "maximum": 20, "currency": "USD", "currency_argument": "/order/unit"}}
            """)
        #expect(try word(grant, #"{"order": {"total": \#(amount), "unit": "USD"}}"#) == expected)
    }

    @Test(
        "a number is compared exactly, both limits inclusive; zero is a limit like any other",
        arguments: [
            ("0", "permit"), ("-0", "permit"), ("0.0", "permit"), ("0.000000001", "number_out_of_range"),
            ("-5", "permit"), ("-5.000000001", "number_out_of_range"), ("1e40", "not_representable"),
            (#""0""#, "wrong_type"), ("false", "wrong_type"), ("null", "wrong_type"),
        ])
    func numbers(number: String, expected: String) throws {
        let grant = Fixture.constrained(#"{"argument": "/n", "number": {"minimum": -5, "maximum": 0}}"#)
        #expect(try word(grant, #"{"n": \#(number)}"#) == expected)
    }

    @Test(
        "a list of numbers compares values, not spellings",
        arguments: [
            ("1", "permit"), ("1.0", "permit"), ("10e-1", "permit"), ("2.50", "permit"), ("3", "value_not_listed"),
            (#""1""#, "wrong_type"), ("true", "wrong_type"), ("1e99", "not_representable"),
        ])
    func numberLists(number: String, expected: String) throws {
        let grant = Fixture.constrained(#"{"argument": "/n", "one_of": [1, 2.5]}"#)
        #expect(try word(grant, #"{"n": \#(number)}"#) == expected)
    }

    @Test(
        "a text has a length in Unicode scalars, both limits inclusive",
        arguments: [
            ("a", "string_out_of_range"), ("ab", "permit"), ("abcd", "permit"), ("abcde", "string_out_of_range"),
            ("\u{1F600}", "string_out_of_range"), ("\u{1F600}\u{1F600}", "permit"), ("e\u{301}", "permit"),
        ])
    func lengths(text: String, expected: String) throws {
        let grant = Fixture.constrained(
            #"{"argument": "/s", "string": {"minimum_length": 2, "maximum_length": 4}}"#)
        #expect(try word(grant, #"{"s": "\#(text)"}"#) == expected)
        #expect(try word(grant, #"{"s": 12}"#) == "wrong_type")
    }

    @Test(
        "a prefix is compared byte for byte, and a path may not climb out of it",
        arguments: [
            ("/srv/data/a", "permit"), ("/srv/data/", "permit"), ("/srv/data/..a", "permit"),
            ("/srv/data", "string_out_of_range"), ("/SRV/data/a", "string_out_of_range"),
            ("/srv/data/../../etc/passwd", "string_out_of_range"), ("/srv/data/..", "string_out_of_range"),
            ("/srv/data/./a", "string_out_of_range"), (#"/srv/data/..\\..\\etc"#, "string_out_of_range"),
            ("", "string_out_of_range"),
        ])
    func prefixes(text: String, expected: String) throws {
        let grant = Fixture.constrained(#"{"argument": "/s", "string": {"prefix": "/srv/data/"}}"#)
        #expect(try word(grant, #"{"s": "\#(text)"}"#) == expected)
    }

    @Test(
        "a boolean is the wanted one and nothing that looks like it",
        arguments: [
            ("true", "permit"), ("false", "boolean_not_allowed"), ("1", "wrong_type"), (#""true""#, "wrong_type"),
            ("null", "wrong_type"),
        ])
    func booleans(value: String, expected: String) throws {
        let grant = Fixture.constrained(#"{"argument": "/dry_run", "boolean": true}"#)
        #expect(try word(grant, #"{"dry_run": \#(value)}"#) == expected)
    }

    @Test(
        "a path reaches into lists by index and escapes as RFC 6901 says",
        arguments: [
            (#"{"a/b": [{"~": "x"}, {"~": "y"}]}"#, "permit"),
            (#"{"a/b": [{"~": "y"}, {"~": "x"}]}"#, "value_not_listed"),
            (#"{"a/b": []}"#, "argument_missing"), (#"{"a/b": {"0": {"~": "x"}}}"#, "permit"),
        ])
    func pointers(arguments: String, expected: String) throws {
        let grant = Fixture.constrained(#"{"argument": "/a~1b/0/~0", "one_of": ["x"]}"#)
        #expect(try word(grant, arguments) == expected)
    }

    @Test("an index of a list has one spelling", arguments: ["00", "-", "+0", "1"])
    func indexes(index: String) throws {
        let grant = Fixture.constrained(#"{"argument": "/a/\#(index)", "one_of": ["x"]}"#)
        #expect(try word(grant, #"{"a": ["x"]}"#) == "argument_missing")
    }

    @Test("further arguments are allowed unless the grant is closed")
    func open() throws {
        let arguments = #"{"n": 1, "memo": "hello"}"#
        let constraint = #""constraints": [{"argument": "/n", "number": {"maximum": 1}}]"#
        #expect(try word(Fixture.full(constraint), arguments) == "permit")
        #expect(try word(Fixture.full(constraint + #", "closed": true"#), arguments) == "argument_unknown")
    }

    @Test(
        "a closed grant refuses what no constraint speaks about, at any depth",
        arguments: [
            (#"{"order": {"lines": [{"n": 1}]}}"#, "permit"),
            (#"{"order": {"lines": [{"n": 1}]}, "x": 1}"#, "argument_unknown"),
            (#"{"order": {"lines": [{"n": 1}], "x": 1}}"#, "argument_unknown"),
            (#"{"order": {"lines": [{"n": 1}, {"n": 1, "x": null}]}}"#, "argument_unknown"),
            (#"{"order": {"lines": [{"n": 1}]}, "": {}}"#, "argument_unknown"),
            (#"{"order": {"lines": [{"n": 2}]}, "x": 1}"#, "number_out_of_range"),
        ])
    func closed(arguments: String, expected: String) throws {
        let grant = Fixture.full(
            #""closed": true, "constraints": [{"argument": "/order/lines/*/n", "number": {"maximum": 1}}]"#)
        #expect(try word(grant, arguments) == expected)
    }

    @Test(
        "a closed grant without constraints permits only calls without arguments",
        arguments: [
            (nil, "permit"), ("{}", "permit"), (#"{"a": 1}"#, "argument_unknown"),
        ])
    func closedAndEmpty(arguments: String?, expected: String) throws {
        #expect(try word(Fixture.full(#""closed": true, "scope": []"#), arguments) == expected)
    }

    @Test("an amount's currency argument counts as known to a closed grant")
    func closedCurrency() throws {
        let grant = Fixture.full(#""closed": true, "scope": ["max_amount_1000_eur"]"#)
        #expect(try word(grant, #"{"amount": 1, "currency": "EUR"}"#) == "permit")
        #expect(try word(grant, #"{"amount": 1, "currency": "EUR", "vendor_id": "V-100"}"#) == "argument_unknown")
    }
}
