import MartletCore
import MartletJSON
import MartletMCP
import Testing

@Suite("Tools of an upstream")
struct ToolTests {
    private func page(_ tools: String, _ rest: String = "") throws -> ToolPage? {
        ToolPage(try Fixture.json(#"{"tools":[\#(tools)]\#(rest)}"#))
    }

    @Test("a page gives its tools in order, and where the next one starts")
    func page() throws {
        let page = try page(
            #"{"name":"b","inputSchema":{}},{"name":"a","inputSchema":{}}"#,
            #","nextCursor":"c2","resultType":"complete""#)
        #expect(page?.tools.map(\.name.rawValue) == ["b", "a"])
        #expect(page?.nextCursor == "c2")
        #expect(page?.leftOut == [])
    }

    @Test(
        "an element that is no tool is left out and counted",
        arguments: [
            "1", "{}", #"{"name":"a b","inputSchema":{}}"#, #"{"name":"","inputSchema":{}}"#, #"{"name":"a"}"#,
            #"{"name":"a","inputSchema":[]}"#, #"{"name":1,"inputSchema":{}}"#,
            #"{"Name":"a","name":"b","inputSchema":{}}"#, #"{"name":"b","inputSchema":{},"inputschema":1}"#,
            #"{"name":"a","inputSchema":{"maximum":1e999}}"#,
            #"{"name":"\#(String(repeating: "x", count: 129))","inputSchema":{}}"#,
        ])
    func dropped(element: String) throws {
        let page = try page(#"{"name":"good","inputSchema":{}},\#(element)"#)
        #expect(page?.tools.map(\.name.rawValue) == ["good"])
        #expect(page?.leftOut.count == 1)
    }

    private static let long = String(repeating: "x", count: 200)

    @Test(
        "what is left out has its name in printable characters, and the reason",
        arguments: [
            ("7", "", ToolDefect.notAnObject), (#"{"Name":"b","name":"a","inputSchema":{}}"#, "a", .lookalikeMember),
            ("{}", "", .invalidName), (#"{"name":"p\u0430y","inputSchema":{}}"#, "p\\u{430}y", .invalidName),
            (#"{"name":"a\n\u001b[2Jb\\","inputSchema":{}}"#, "a\\u{a}\\u{1b}[2Jb\\u{5c}", .invalidName),
            (#"{"name":"\#(long)","inputSchema":{}}"#, String(long.prefix(128)), .invalidName),
            (#"{"name":"a"}"#, "a", .invalidSchema),
            (#"{"name":"a","inputSchema":{"x-mcp-header":"R"}}"#, "a", .invalidHeader),
            (#"{"name":"a","inputSchema":{"maximum":1e999}}"#, "a", .ambiguous),
        ])
    func reason(element: String, name: String, defect: ToolDefect) throws {
        let left = try #require(try page(element)?.leftOut.first)
        #expect(left.name == name)
        #expect(left.defect == defect)
    }

    @Test(
        "a result that is no list of tools is refused",
        arguments: [
            "{}", "[]", #"{"tools":{}}"#, #"{"tools":[],"resultType":"input_required"}"#,
            #"{"tools":[],"nextCursor":7}"#,
        ])
    func notAPage(text: String) throws {
        #expect(ToolPage(try Fixture.json(text)) == nil)
    }

    @Test("the digest changes with every field and with no order")
    func digest() throws {
        func digest(_ text: String) throws -> Digest? { try ToolDefinition(try Fixture.json(text)).digest }
        let base = try digest(#"{"name":"a","inputSchema":{},"description":"x"}"#)
        #expect(base != nil)
        #expect(try digest(#"{"description":"x","name":"a","inputSchema":{}}"#) == base)
        #expect(try digest(#"{"name":"a","inputSchema":{},"description":"y"}"#) != base)
        #expect(try digest(#"{"name":"a","inputSchema":{},"description":"x","_meta":{"u":1}}"#) != base)
    }

    @Test(
        "a page read after another one is read as if it were the first",
        arguments: [
            "a,b,c", "b,c", "a,c", "x,a,b,c", "a,x,b,c", "c,b,a", "b,a", "", "a,B,c", "A,B,C", "7,a,b,c", "a,a,b,c",
            "x,y,z,v,w,a,b,c",
        ])
    func after(names: String) throws {
        func text(_ names: String) -> String {
            names.split(separator: ",").map { name in
                guard name != "7" else { return "7" }
                let schema = #"{"properties":{"r":{"type":"string","x-mcp-header":"R-\#(name)"}}}"#
                return #"{"name":"\#(name.lowercased())","inputSchema":\#(schema)}"#
            }.joined(separator: ",")
        }
        let known = try #require(try page(text("a,b,c")))
        let value = try Fixture.json(#"{"tools":[\#(text(names))]}"#)
        let (after, alone) = (try #require(ToolPage(value, after: known)), try #require(ToolPage(value)))
        #expect(after.tools.map(\.name) == alone.tools.map(\.name))
        #expect(after.tools.map(\.digest) == alone.tools.map(\.digest))
        #expect(zip(after.tools, alone.tools).allSatisfy { $0.value.isSame(as: $1.value) })
        let arguments = try Fixture.json(#"{"r":"x"}"#)
        let fields = [after, alone].map { $0.tools.flatMap { $0.parameterHeaders.fields(for: arguments).map(\.name) } }
        #expect(fields[0] == fields[1])
        #expect(after.leftOut == alone.leftOut)
    }

    @Test("a name offered twice is offered by nobody, also over pages")
    func catalog() throws {
        var catalog = ToolCatalog()
        let first = try #require(try page(#"{"name":"a","inputSchema":{}},{"name":"b","inputSchema":{}},7"#))
        let second = try #require(try page(#"{"name":"c","inputSchema":{}},{"name":"a","inputSchema":{"x":1}}"#))
        catalog.add(first)
        catalog.add(second)
        #expect(catalog.tools.map(\.name.rawValue) == ["b", "c"])
        #expect(catalog.leftOut.map(\.defect) == [.notAnObject, .repeatedName, .repeatedName])
        catalog.add(second)
        #expect(catalog.tools.map(\.name.rawValue) == ["b"])
    }
}

@Suite("Arguments that travel in headers")
struct ParameterHeaderTests {
    private static let schema =
        #"{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},"#
        + #""nested":{"type":"object","properties":{"count":{"type":"integer","x-mcp-header":"Count"}}},"#
        + #""dry":{"type":"boolean","x-mcp-header":"Dry-Run"}}}"#

    private func headers() throws -> ParameterHeaders {
        try #require(ParameterHeaders(inputSchema: try Fixture.json(Self.schema)))
    }

    private func request(_ fields: Fields) throws -> MCPRequest {
        try Fixture.parse(Fixture.modernCall, Fixture.callFields + fields)
    }

    @Test("present arguments are sent, absent and null ones are not")
    func fields() throws {
        let fields = try headers().fields(
            for: try Fixture.json(#"{"region":"Zürich","nested":{"count":42},"dry":null}"#))
        #expect(fields.map(\.name) == ["Mcp-Param-Region", "Mcp-Param-Count"])
        #expect(fields.map(\.value) == ["=?base64?WsO8cmljaA==?=", "42"])
        #expect(try headers().fields(for: nil).isEmpty)
    }

    @Test(
        "a header that agrees with its argument passes",
        arguments: [
            (#"{"region":"eu"}"#, [("Mcp-Param-Region", "eu")]),
            (#"{"region":"eu"}"#, [("mcp-param-REGION", "=?base64?ZXU=?=")]),
            (#"{"nested":{"count":42}}"#, [("Mcp-Param-Count", "42.0")]),
            (#"{"nested":{"count":42.0}}"#, [("Mcp-Param-Count", "42")]),
            (#"{"dry":true}"#, [("Mcp-Param-Dry-Run", "true")]), ("{}", []), (#"{"region":null}"#, []),
            (#"{}"#, [("Mcp-Param-Unknown", "x")]), (#"{"region":{}}"#, []),
        ] as [(String, Fields)])
    func agrees(arguments: String, fields: Fields) throws {
        try headers().check(try request(fields), arguments: try Fixture.json(arguments))
    }

    @Test(
        "a header that says something else is a mismatch",
        arguments: [
            (#"{"region":"eu"}"#, []), (#"{"region":"eu"}"#, [("Mcp-Param-Region", "us")]),
            (#"{"region":"eu"}"#, [("Mcp-Param-Region", "EU")]), ("{}", [("Mcp-Param-Region", "eu")]),
            (#"{"region":null}"#, [("Mcp-Param-Region", "null")]),
            (#"{"region":"eu"}"#, [("Mcp-Param-Region", "=?base64?ZXU?=")]),
            (#"{"nested":{"count":42}}"#, [("Mcp-Param-Count", "42.5")]),
            (#"{"nested":{"count":42}}"#, [("Mcp-Param-Count", "4.2e1")]),
            (#"{"nested":{"count":42}}"#, [("Mcp-Param-Count", "-42")]),
            (#"{"dry":true}"#, [("Mcp-Param-Dry-Run", "1")]),
            (#"{"region":{}}"#, [("Mcp-Param-Region", "{}")]), (#"{"region":"42"}"#, [("Mcp-Param-Region", "42.0")]),
        ] as [(String, Fields)])
    func mismatch(arguments: String, fields: Fields) throws {
        let (headers, request, arguments) = (try headers(), try request(fields), try Fixture.json(arguments))
        let error = try #require(throws: ProtocolError.self) { try headers.check(request, arguments: arguments) }
        #expect(error.kind == .headerMismatch)
        #expect(error.requestID == .number("4"))
    }

    @Test(
        "a tool with an annotation that is not allowed is not offered",
        arguments: [
            #"{"x-mcp-header":"A","type":"string"}"#, #"{"properties":{"a":{"x-mcp-header":"A"}}}"#,
            #"{"properties":{"a":{"type":"number","x-mcp-header":"A"}}}"#,
            #"{"properties":{"a":{"type":["string"],"x-mcp-header":"A"}}}"#,
            #"{"properties":{"a":{"type":"string","x-mcp-header":""}}}"#,
            #"{"properties":{"a":{"type":"string","x-mcp-header":"A B"}}}"#,
            #"{"properties":{"a":{"type":"string","x-mcp-header":"A\r\nX: y"}}}"#,
            #"{"properties":{"a":{"type":"string","x-mcp-header":1}}}"#,
            #"{"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}}"#,
            #"{"properties":{"a":{"items":{"type":"string","x-mcp-header":"A"}}}}"#,
            #"{"anyOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]}"#,
            #"{"$defs":{"d":{"type":"string","x-mcp-header":"A"}}}"#,
        ])
    func invalidAnnotations(schema: String) throws {
        #expect(ParameterHeaders(inputSchema: try Fixture.json(schema)) == nil)
        #expect(throws: ToolDefect.invalidHeader) {
            try ToolDefinition(try Fixture.json(#"{"name":"a","inputSchema":\#(schema)}"#))
        }
    }

    @Test("data in a schema is no annotation")
    func data() throws {
        let schema =
            #"{"default":{"x-mcp-header":1},"enum":[{"x-mcp-header":1}],"properties":{"x-mcp-header":{"type":"string"}}}"#
        #expect(ParameterHeaders(inputSchema: try Fixture.json(schema))?.isEmpty == true)
    }
}
