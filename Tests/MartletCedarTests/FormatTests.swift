import Testing

@testable import MartletCedar

@Suite("Format")
struct FormatTests {
    private func format(_ text: String) throws -> String { try PolicyFormat().format(Array(text.utf8)) }

    @Test(
        "a policy is laid out by its length",
        arguments: [
            ("permit(principal,action,resource);", "permit (principal, action, resource);\n"),
            (
                "permit(principal==A::\"x\",action,resource)when{true};",
                "permit (\n  principal == A::\"x\",\n  action,\n  resource\n)\nwhen { true };\n"
            ),
            (
                "@id(\"x\")@b forbid(principal,action,resource)unless{context has a.b&&-1<2};",
                "@id(\"x\")\n@b\nforbid (principal, action, resource)\nunless { context has a.b && -1 < 2 };\n"
            ),
            (
                "permit(principal,action,resource)when{[1,2,].contains({a:1,}.a)};",
                "permit (principal, action, resource)\nwhen { [1, 2].contains({ a: 1 }.a) };\n"
            ),
            ("", "\n"), ("// only\n\n  // this ", "\n// only\n// this\n"),
        ])
    func layout(text: String, expected: String) throws {
        #expect(try format(text) == expected)
    }

    @Test("a line of 80 columns stays, one more breaks it; ideographs count two")
    func width() throws {
        func policy(_ name: String) -> String {
            "permit (principal, action, resource)\nwhen { context.a == \"\(name)\" };\n"
        }
        let fits = String(repeating: "a", count: 55)
        #expect(try format(policy(fits)) == policy(fits))
        #expect(try format(policy(fits + "a")).contains("\nwhen\n{ context.a == "))
        let wide = String(repeating: "字", count: 27)
        #expect(try format(policy(wide + "a")) == policy(wide + "a"))
        #expect(try format(policy(wide + "aa")).contains("\nwhen\n{ context.a == "))
    }

    @Test("a comment behind a comma that is left out stays, and no line ends with spaces")
    func commas() throws {
        let text = """
            permit (principal, action, resource)
            when { [1, // one
              2, // two
              // three
            ] == []
            // four
            && true };
            """
        let formatted = try format(text)
        for comment in ["1, // one\n", "2 // two\n", "// three\n", "// four\n"] { #expect(formatted.contains(comment)) }
        #expect(!formatted.contains(" \n"))
        #expect(try format(formatted) == formatted)
    }

    @Test("wherever comments stand, none is lost, the tree is the same, and formatting again changes nothing")
    func comments() throws {
        let source = Array(
            """
            @id("a")@b("c") permit(principal is A::B in ?principal,action in[Action::"x",N::Action::"y",],
            resource==A::B::"z",)when{if context has a.b then -context["a"]<=1+2*3 else!(principal is A in A::"b")}
            unless{[1,{a:1,"b":[],},].containsAny([ip("1.2.3.4").isIpv4(),])||context.a like"*b"&&true};
            """.utf8)
        let tree = try PolicyBody.parse(source)
        var scatter = CommentScatter(seed: 7)
        for _ in 0..<500 {
            let text = try scatter.scatter(over: source)
            let once = Array(try PolicyFormat().format(text).utf8)
            #expect(try PolicyBody.parse(once) == tree)
            #expect(try CommentedTokens(once).comments == CommentedTokens(text).comments)
            #expect(try Array(PolicyFormat().format(once).utf8) == once)
            guard String(decoding: once, as: UTF8.self).contains("//") else { continue }
            #expect(!once.split(separator: UInt8(ascii: "\n")).contains { $0.last == UInt8(ascii: " ") })
        }
    }

    @Test("strings stay as they are, with their line feeds, and what looks like a comment in them")
    func strings() throws {
        let text = "permit (principal, action, resource)\nwhen { context.a == \"x\n\n  // y  \n\" };\n"
        #expect(try format(text) == text)
    }

    @Test("what is no Cedar is refused with its place")
    func refusal() {
        #expect(throws: PolicyFormat.Failure.self) { try format("permit (principal);") }
    }

    @Test("a list of a hundred thousand elements, and the deepest nesting, are formatted")
    func large() throws {
        let list = String(repeating: "1,", count: 100_000)
        #expect(try format("permit(principal,action,resource)when{[\(list)].isEmpty()};").utf8.count > 300_000)
        let open = String(repeating: "(", count: 190)
        let close = String(repeating: ")", count: 190)
        let nested = try format("permit(principal,action,resource)when{\(open)true\(close)};")
        #expect(try format(nested) == nested)
    }
}
