import MartletCore
import Testing

@testable import MartletConfiguration

@Suite("What a bad configuration gets")
struct BadConfigurationTests {
    let folder: Folder
    init() throws { folder = try Folder() }

    @Test("one line each, with file, line and fix", arguments: BadConfigurations.cases)
    func refused(table: BadConfigurations.Case) throws {
        #expect(Folder.standard.contains(table.old))
        #expect(folder.problems(Folder.standard.replacing(table.old, with: table.new)) == table.expected)
    }

    @Test("a grant that has ended, and one that is a wildcard, fail the start with their own file and line")
    func grants() throws {
        try folder.write(
            "grants.json",
            """
            [{"agent_role": "finance_executor", "upstream": "erp", "tool": "issue_payment", "scope": [],
              "requires_approval": true,
              "expires": "2026-11-01"}]
            """)
        #expect(
            folder.problems(Folder.standard) == [
                #"grants.json:3: grant ended 2026-11-01T00:00:00.000000Z; remove it, or renew "expires""#
            ])
        try folder.write("grants.json", "\n" + Folder.grants.replacing("issue_payment", with: "*"))
        #expect(
            folder.problems(Folder.standard) == [
                #"grants.json:2: wildcard "*" in "tool"; name exactly one; a grant for everything is no grant"#
            ])
        try folder.write("grants.json", Folder.grants + "\n,")
        #expect(
            folder.problems(Folder.standard) == [
                "grants.json:3: not valid JSON: bytes after the document; write one grant {…} or a list of grants […]"
            ])
    }

    @Test(
        "a place that is never kept cannot be declared to be found",
        arguments: [
            ("arguments: [/bank/iban]", true), ("arguments: [/bank]", true), ("arguments: [/*/iban]", true),
            ("tool: issue_payment, arguments: [/bank/iban]", true),
            ("tool: list_vendors, arguments: [/bank/iban]", false),
            ("arguments: [/bank/iban/0, /bank/*/iban, /iban]", false),
            ("results: [/bank/iban]", false),
        ])
    func redacted(rule: String, isRefused: Bool) {
        let yaml = Folder.standard.replacing("issue_payment:", with: "issue_payment:\n        search: [/bank/iban]")
            .replacing("state: state", with: "state: state\naudit: {redact: [{upstream: erp, \(rule)}]}")
        let problems = folder.problems(yaml).filter {
            $0.contains("\"/bank/iban\" in \"search\" of issue_payment cannot be found")
        }
        #expect(problems.count == (isRefused ? 1 : 0))
    }

    @Test("what is declared is found although other things in the file are wrong")
    func declarations() throws {
        let yaml = Folder.standard.replacing("issue_payment:", with: "issue_payment:\n        search: [/vendor_id]")
        try folder.write("martlet.yaml", yaml.replacing("env: CRM_TOKEN", with: "env: NOT_SET") + "\nunknown: 1\n")
        let searched = try GatewayConfiguration.searched(path: folder.path + "/martlet.yaml")
        #expect(searched.tools == ["issue_payment"])
        #expect(searched.paths(of: "erp", tool: "issue_payment") == [try #require(SearchedPath("/vendor_id"))])
        #expect(searched.paths(of: "crm", tool: "issue_payment").isEmpty)
    }

    @Test("all problems come at once: the configuration's by line, then those of other files")
    func all() throws {
        try folder.write("grants.json", "[\n{\"agent_role\": \"*\"}]")
        let yaml = Folder.standard.replacing("version: 1", with: "version: 9").replacing(
            "id: olivia", with: "idd: olivia"
        )
        .replacing("state: state", with: "state: grants.json")
        let places = folder.problems(yaml).map { $0.split(separator: " ")[0] }
        #expect(
            places == [
                "martlet.yaml:1:", "martlet.yaml:4:", "martlet.yaml:28:", "martlet.yaml:28:", "grants.json:2:",
                "grants.json:2:", "grants.json:2:", "grants.json:2:",
            ])
    }

    @Test("a configuration that is not there, empty, no mapping or not UTF-8 is refused")
    func unreadable() throws {
        #expect(folder.problems("") == ["martlet.yaml:1: empty file; begin with version: 1"])
        #expect(
            folder.problems("- a") == [
                "martlet.yaml:1: \"martlet.yaml\" is not a mapping of keys; write keys and values below it"
            ])
        let path = folder.path + "/gone.yaml"
        #expect(throws: ConfigurationErrors.self) {
            try GatewayConfiguration.load(path: path, environment: [:], now: Folder.now)
        }
        #expect(
            folder.problems(bytes: [0x61, 0x3A, 0x20, 0xC3]) == ["martlet.yaml:1: not UTF-8; save the file as UTF-8"])
    }

    @Test("limits hold from both sides", arguments: BadConfigurations.limits)
    func limits(key: String, good: [String], bad: [String]) throws {
        let section = key.hasSuffix("_size") || key.hasPrefix("spare") ? "audit" : "limits"
        for value in good { #expect(folder.problems(Folder.standard + "\(section): {\(key): \(value)}\n") == []) }
        for value in bad { #expect(folder.problems(Folder.standard + "\(section): {\(key): \(value)}\n").count == 1) }
    }
}
