import MartletCore
import MartletJSON
import MartletTesting
import Testing

@testable import MartletAudit

/// Tokens of argument values: equal for equal values at one place, and for nothing else.
struct BlindIndexTests {
    private static func key(_ byte: UInt8 = 7) throws -> BlindKey { BlindKey(try Fixture.root(byte)) }
    private static func path(_ text: String) throws -> SearchedPath { try #require(SearchedPath(text)) }

    private static func scalar(_ json: String) throws -> ArgumentScalar? {
        ArgumentScalar(try JSONValue.parse(Array(json.utf8)))
    }

    private static func token(
        _ json: String, at text: String = "/a", _ key: BlindKey? = nil
    ) throws -> ArgumentToken {
        try (key ?? Self.key()).token(of: try #require(try scalar(json)), at: try path(text))
    }

    @Test(
        "numbers are equal by what they are worth, exactly",
        arguments: [
            ["250", "250.00", "2.5e2", "2.5E+2", "0.25e3", "25000e-2"], ["0", "-0", "0.000", "0e17", "-0.0e-3"],
            ["-12.5", "-1.25e1"], ["0.1", "1e-1"], ["9007199254740993", "9007199254740993.0"],
            ["1e999", "10e998"],
        ])
    func equalNumbers(_ texts: [String]) throws {
        #expect(Set(try texts.map { try Self.token($0) }).count == 1)
    }

    @Test("other values are other values")
    func otherValues() throws {
        let values = [
            "1", "-1", "10", "0.1", "11", "1e10", "1e1000", "9007199254740992", "9007199254740993", #""1""#, #""""#,
            #"" ""#, #""10""#, "true", "false", #""true""#, #""\u00e9""#, #""e\u0301""#, #""a\u0000b""#, #""a""#,
            #""A""#,
        ]
        #expect(Set(try values.map { try Self.token($0) }).count == values.count)
    }

    @Test("no path and value can be taken for another path and value")
    func framing() throws {
        let pairs = [
            (#""bc""#, "/a"), (#""c""#, "/ab"), (#""/abc""#, "/a/b"), (#""b/abc""#, "/a"), (#""abc""#, "/a/b"),
            (#""""#, "/abc"),
        ]
        #expect(Set(try pairs.map { try Self.token($0.0, at: $0.1) }).count == pairs.count)
    }

    @Test("tokens have 16 bytes, and nobody with another key can make or compare them")
    func keys() throws {
        let (mine, others) = (try Self.token(#""V-100""#), try Self.token(#""V-100""#, try Self.key(8)))
        #expect(mine.bytes.count == 16 && mine != others)
        #expect(try Self.key().name != Self.key(8).name)
        // Derived for this purpose: not the key that wraps, nor the one that blinds bindings.
        let blinded = try Fixture.root().blind(Digest(of: Array("V-100".utf8)), in: "apr_1")
        #expect(!blinded.bytes.starts(with: mine.bytes))
    }

    @Test(
        "what is no single value, or was redacted, is not indexed",
        arguments: ["{}", "[1]", "null", #""[redacted:card_number]""#, #""card [redacted:configured]""#, "1e1000001"])
    func notIndexed(_ json: String) throws {
        #expect(try Self.scalar(json) == nil)
    }

    @Test("places are pointers to one value", arguments: ["", "/", "a", "/a/*", "/*", "/a=b", "/a\nb", "/~2"])
    func badPlaces(_ text: String) {
        #expect(SearchedPath(text) == nil)
        #expect(SearchedPath("/a*/0/b~1c~0d") != nil)
    }

    @Test("who types 100 or true may mean the text or the value")
    func meanings() throws {
        let key = try Self.key()
        func isAnswered(_ text: String, by json: String) throws -> Bool {
            let question = try #require(ArgumentQuestion(try Self.path("/a"), is: text, under: key))
            return question.isAnswered(by: try JSONValue.parse(Array(#"{"a":\#(json)}"#.utf8)))
        }
        for (text, json) in [
            ("100", "100.0"), ("100", #""100""#), ("true", "true"), ("true", #""true""#), ("1e2", "100"),
        ] {
            #expect(try isAnswered(text, by: json), "\(text) \(json)")
        }
        for (text, json) in [
            ("100", #""100.0""#), ("True", "true"), ("null", "null"), (#""x""#, #""x""#), ("{}", "{}"),
        ] {
            #expect(try !isAnswered(text, by: json), "\(text) \(json)")
        }
        #expect(ArgumentQuestion(try Self.path("/a"), is: "[redacted:configured]", under: key) == nil)
        let elsewhere = try #require(ArgumentQuestion(try Self.path("/a/b"), is: "1", under: key))
        #expect(elsewhere.isAnswered(by: try JSONValue.parse(Array(#"{"a":{"b":1}}"#.utf8))))
        #expect(!elsewhere.isAnswered(by: try JSONValue.parse(Array(#"{"a":1}"#.utf8))))
    }

    private static func reader(
        _ fixture: Fixture, _ paths: [String], root: RootKey? = nil
    ) throws -> ArgumentReader {
        let declared = [try #require(ToolName("issue_payment")): try paths.map(path)]
        let searched = SearchedArguments([try Fixture.upstream(): declared])
        return ArgumentReader(searched, under: BlindKey(fixture.root), opening: fixture.keys(root ?? fixture.root))
    }

    private static func read(_ fixture: Fixture, _ reader: ArgumentReader) throws -> [(RecordType, ReadArguments)] {
        try fixture.entries().map { ($0.type, reader.read($0, payload: fixture.store.entries[Int($0.index)].payload)) }
    }

    @Test("intents, denials and requests for approval give tokens; results, and tools without declarations, none")
    func records() async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        let denial = DenialFacts(
            try Fixture.call(7, tool: "issue_payment"), stage: .grant, reason: "no_grant", context: Fixture.context())
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)
        try await fixture.complete(try Fixture.call(8, tool: "read_invoice"))
        let found = try Self.read(fixture, try Self.reader(fixture, ["/vendor_id", "/nowhere", "/amount"]))
        let expected = [try Self.token(#""V-100""#, at: "/vendor_id"), try Self.token("250", at: "/amount")]
        var with: [RecordType] = []
        for (type, read) in found {
            guard case .tokens(let tokens, let key) = read, !tokens.isEmpty else { continue }
            #expect(tokens == expected && key == fixture.keyStore.keys[0].id)
            with.append(type)
        }
        #expect(Set(with) == Set(ArgumentReader.types))
        // No leaf has one.
        for leaf in fixture.store.leaves {
            for token in expected { #expect(!leaf.contains(token.bytes)) }
        }
        for (type, read) in found where !ArgumentReader.types.contains(type) {
            switch read {
            case .none: break
            case .tokens, .closed: Issue.record("\(type) gives \(read)")
            }
        }
    }

    @Test("what cannot be opened is told as closed, never as a record without the value")
    func closed() async throws {
        let fixture = try Fixture()
        let denial = DenialFacts(
            try Fixture.call(7, tool: "issue_payment"), stage: .grant, reason: "no_grant", context: Fixture.context())
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)
        let key = fixture.keyStore.keys[0].id
        let others = try Self.reader(fixture, ["/vendor_id"], root: try Fixture.root(9))
        #expect(try Self.read(fixture, others).map(\.1) == [.closed(key)])
        let reader = try Self.reader(fixture, ["/vendor_id"])
        #expect(reader.read(try fixture.entries()[0], payload: nil) == .closed(key))
        _ = try await fixture.keyStore.destroy([key], forgetting: [])
        #expect(try Self.read(fixture, try Self.reader(fixture, ["/vendor_id"])).map(\.1) == [.closed(key)])
    }

    @Test("arguments too long to be kept whole are closed: the value may be in what was cut off")
    func cut() async throws {
        let fixture = try Fixture()
        let long = #"{"note":"\#(String(repeating: "x", count: 1 << 20))","vendor_id":"V-100"}"#
        let denial = DenialFacts(
            try Fixture.call(7, tool: "issue_payment", arguments: long), stage: .grant, reason: "no_grant",
            context: Fixture.context())
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)
        let read = try Self.read(fixture, try Self.reader(fixture, ["/vendor_id", "/bytes"])).map(\.1)
        #expect(read == [.closed(fixture.keyStore.keys[0].id)])
    }

    @Test("the record of a search has the place, and not the value")
    func recorded() throws {
        var filter = IndexFilter()
        filter.equal[.tool] = "issue_payment"
        filter.arguments = [try #require(ArgumentQuestion(try Self.path("/iban"), is: "DE02", under: try Self.key()))]
        #expect(filter.text(found: 1) == "tool=issue_payment argument=/iban")
        #expect(!filter.isEmpty)
    }
}
