import MartletCore
import MartletJSON
import Testing

struct RedactorTests {
    private static let card = "4111111111111111"

    private static func redactor(
        _ arguments: [String], results: [String] = [], tool: String? = "pay"
    ) throws -> Redactor {
        Redactor([
            RedactionRule(
                upstream: try #require(UpstreamID("erp")), tool: tool.flatMap { ToolName($0) },
                arguments: arguments.compactMap(RedactionPath.init), results: results.compactMap(RedactionPath.init))
        ])
    }

    private static func arguments(_ text: String, _ redactor: Redactor, tool: String = "pay") throws
        -> Redactor.Redacted
    {
        redactor.arguments(
            try JSONValue.parse(Array(text.utf8)), of: UpstreamID("erp"), tool: ToolName(tool))
    }

    private static func text(_ value: JSONValue) -> String { String(decoding: value.serialized(), as: UTF8.self) }

    static let paths: [(String, String, [String])] = [
        ("/iban", #"{"iban":"[redacted:configured]","lines":[{"note":"x"},{"note":{"a":1}}]}"#, ["/args/iban"]),
        (
            "/lines/*/note",
            #"{"iban":"DE1","lines":[{"note":"[redacted:configured]"},{"note":"[redacted:configured]"}]}"#,
            ["/args/lines/0/note", "/args/lines/1/note"]
        ),
        ("/lines/1", #"{"iban":"DE1","lines":[{"note":"x"},"[redacted:configured]"]}"#, ["/args/lines/1"]),
        ("/*", #"{"iban":"[redacted:configured]","lines":"[redacted:configured]"}"#, ["/args/iban", "/args/lines"]),
        ("", #""[redacted:configured]""#, ["/args"]),
    ]

    @Test("a configured place is replaced whole, whatever stands there", arguments: paths.indices)
    func configured(number: Int) throws {
        let (path, expected, places) = Self.paths[number]
        let value = #"{"iban":"DE1","lines":[{"note":"x"},{"note":{"a":1}}]}"#
        let redacted = try Self.arguments(value, try Self.redactor([path]))
        #expect(Self.text(redacted.value) == expected)
        #expect(redacted.marks == places.map { Redaction(path: $0, rule: "configured") })
    }

    @Test("a path that leads nowhere, of another tool, or of results, changes nothing and marks nothing")
    func elsewhere() throws {
        let value = #"{"iban":"DE1"}"#
        for redactor in [
            try Self.redactor(["/iban/x", "/ibans", "/0"]), try Self.redactor([], results: ["/iban"]),
        ] {
            let redacted = try Self.arguments(value, redactor)
            #expect(Self.text(redacted.value) == value)
            #expect(redacted.marks.isEmpty)
        }
        #expect(try Self.arguments(value, try Self.redactor(["/iban"]), tool: "look").marks.isEmpty)
        #expect(try Self.arguments(value, try Self.redactor(["/iban"], tool: nil), tool: "look").marks.count == 1)
    }

    @Test("secrets are replaced without any rule: in strings, escaped strings, numbers and keys, at any depth")
    func secrets() throws {
        let value = #"""
            {"a":[{"b":"pay with 4111 1111 1111 1111 now"}],"n":4111111111111111,"e":"\u0041KIAIOSFODNN7EXAMPLE",
            "ghp_0123456789abcdefghijABCDEFGHIJ012345":true,"ghp_0123456789abcdefghijABCDEFGHIJ012346":1}
            """#
        let redacted = try Self.arguments(value, Redactor())
        #expect(
            Self.text(redacted.value)
                == #"""
                {"a":[{"b":"pay with [redacted:card_number] now"}],"n":"[redacted:card_number]","e":"[redacted:aws_key]",
                "[redacted:github_token#4]":true,"[redacted:github_token#5]":1}
                """#.replacing("\n", with: ""))
        #expect(
            redacted.marks == [
                Redaction(path: "/args/a/0/b", rule: "card_number"), Redaction(path: "/args/n", rule: "card_number"),
                Redaction(path: "/args/e", rule: "aws_key"), Redaction(path: "/args", rule: "github_token"),
                Redaction(path: "/args", rule: "github_token"),
            ])
    }

    @Test("a key that is no plain name is not shown in a place")
    func keys() throws {
        let redacted = try Self.arguments(#"{"alice@example.com":{"card":"\#(Self.card)"}}"#, Redactor())
        #expect(redacted.marks == [Redaction(path: "/args/*/card", rule: "card_number")])
    }

    @Test("what is found nothing in is given back as it is, byte for byte")
    func untouched() throws {
        let value = #"{"amount":250.00,"big":1e400,"text":"\u00e9\n","list":[null,true,{}]}"#
        let redacted = try Self.arguments(value, Redactor())
        #expect(redacted.marks.isEmpty)
        #expect(Self.text(redacted.value) == Self.text(try JSONValue.parse(Array(value.utf8))))
    }

    @Test("numbers and text beside a secret stay as they were written")
    func beside() throws {
        let redacted = try Self.arguments(#"{"amount":250.00,"big":1e400,"c":"\#(Self.card)"}"#, Redactor())
        #expect(Self.text(redacted.value) == #"{"amount":250.00,"big":1e400,"c":"[redacted:card_number]"}"#)
    }

    @Test("results have their own paths")
    func results() throws {
        let redactor = try Self.redactor(["/content"], results: ["/content/*/text"])
        let value = try JSONValue.parse(Array(#"{"content":[{"type":"text","text":"paid"}]}"#.utf8))
        let redacted = redactor.result(value, of: UpstreamID("erp"), tool: ToolName("pay"))
        #expect(Self.text(redacted.value) == #"{"content":[{"type":"text","text":"[redacted:configured]"}]}"#)
        #expect(redacted.marks == [Redaction(path: "/result/content/0/text", rule: "configured")])
    }

    @Test("a path is a JSON Pointer", arguments: [("/a~1b", true), ("a", false), ("/a~2", false), ("", true)])
    func pointers(text: String, isPath: Bool) {
        #expect((RedactionPath(text) != nil) == isPath)
    }
}
