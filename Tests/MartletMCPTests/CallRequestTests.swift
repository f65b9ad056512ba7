import MartletCore
import MartletJSON
import MartletMCP
import Testing

@Suite("Calls beside those of tools")
struct CallRequestTests {
    private func call(_ method: String, _ params: String, name: String? = nil) throws -> CallRequest {
        try Fixture.parse(Fixture.modernBody(method, params + ","), Fixture.modern(method, name: name)).call()
    }

    @Test("a prompt, a resource and a completion are read with their arguments")
    func read() throws {
        let prompt = try call("prompts/get", #""name":"a b","arguments":{"x":"1"}"#, name: "a b")
        #expect(prompt.subject == PromptName("a b").map { .prompt($0) })
        #expect(prompt.arguments?.serialized() == Array(#"{"x":"1"}"#.utf8))
        let resource = try call("resources/read", #""uri":"file:///a%20b","other":1"#, name: "file:///a%20b")
        #expect(resource.subject == ResourceURI("file:///a%20b").map { .resource($0) })
        #expect(resource.arguments == nil)
        let completion = try call(
            "completion/complete",
            #""ref":{"type":"ref/resource","uri":"x:{y}"},"argument":{"name":"y","value":""},"context":{"arguments":{}}"#
        )
        #expect(completion.subject == ResourceURI("x:{y}").map { .resource($0) })
        #expect(
            completion.arguments?.serialized()
                == Array(#"{"argument":{"name":"y","value":""},"context":{"arguments":{}}}"#.utf8))
    }

    @Test("the digest of a completion covers what is completed")
    func digest() throws {
        func digest(_ value: String) throws -> Digest {
            let argument = #""argument":{"name":"y","value":"\#(value)"}"#
            return try call("completion/complete", #""ref":{"type":"ref/prompt","name":"p"},\#(argument)"#).digest
        }
        #expect(try digest("a") != digest("b"))
    }

    private static let one = RequestID.number("1")

    @Test(
        "what names nothing, or two things, is refused",
        arguments: [
            ("prompts/get", #""name":7"#, ProtocolError.Kind.headerMismatch),
            ("prompts/get", #""arguments":{}"#, .invalidParams),
            ("resources/read", #""other":1"#, .invalidParams),
            ("resources/read", #""Uri":"x:y""#, .lookalikeKey),
            ("resources/read", #""ur\#u{131}":"x:y""#, .lookalikeKey),
            (
                "completion/complete", #""ref":{"type":"ref/tool","name":"p"},"argument":{"name":"a","value":""}"#,
                .invalidParams
            ),
            (
                "completion/complete", #""ref":{"type":"ref/prompt","Name":"p"},"argument":{"name":"a","value":""}"#,
                .invalidParams
            ),
            ("completion/complete", #""ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a"}"#, .invalidParams),
            (
                "completion/complete",
                #""ref":{"type":"ref/prompt","name":"p","x":1},"argument":{"name":"a","value":1}"#, .invalidParams
            ),
            (
                "completion/complete", #""ref":{"type":"ref/prompt","name":"a*"},"argument":{"name":"a","value":""}"#,
                .unknownPrompt
            ),
            (
                "completion/complete",
                #""ref":{"type":"ref/resource","uri":"nothing"},"argument":{"name":"a","value":""}"#, .resourceNotFound
            ),
        ])
    func refused(method: String, params: String, kind: ProtocolError.Kind) throws {
        let error = try #require(throws: ProtocolError.self) { try call(method, params) }
        #expect(error.kind == kind)
    }

    @Test(
        "a resource that is not found is said in the words of the era",
        arguments: [(ProtocolEra.modern, -32602, 400), (.legacy, -32002, 200)])
    func notFound(era: ProtocolEra, code: Int, status: Int) throws {
        let error = ProtocolError.resourceNotFound("x:y", era: era, id: Self.one)
        #expect(error.code == code)
        #expect(error.httpStatus == status)
        #expect(try Fixture.json(error.body()).member("error")?.member("data")?.member("uri")?.string == "x:y")
    }

    @Test(
        "no cursor is ours", arguments: ["tools/list", "prompts/list", "resources/list", "resources/templates/list"])
    func cursor(method: String) throws {
        let error = try #require(throws: ProtocolError.self) {
            try Fixture.parse(Fixture.modernBody(method, #""cursor":"x","#), Fixture.modern(method))
        }
        #expect(error.kind == .invalidParams)
    }

    @Test("a page keeps every field, and leaves out what no grant can name")
    func page() throws {
        let result = try Fixture.json(
            #"{"prompts":[{"name":"a","x":1.50},{"name":"a*"},{"name":"b","Name":"c"},7],"nextCursor":"n"}"#)
        let page = try #require(ListPage(result, of: .prompts))
        #expect(
            page.items.map { String(decoding: $0.value.serialized(), as: UTF8.self) } == [#"{"name":"a","x":1.50}"#])
        #expect(page.dropped == 3)
        #expect(page.nextCursor == "n")
        #expect(ListPage(result, of: .resources) == nil)
        #expect(ListPage(try Fixture.json(#"{"prompts":[],"resultType":"task"}"#), of: .prompts) == nil)
    }

    @Test("a call is written anew: what it names, the decided arguments, our own envelope")
    func outbound() throws {
        let dialect = UpstreamDialect(version: .v2026_07_28, client: Implementation(name: "m", version: "1"))
        let request = try call(
            "completion/complete", #""ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"v"}"#)
        let message = UpstreamRequest.call(id: 9, try toolCall("completion/complete", request), dialect)
        let params = try #require(try Fixture.json(message.body).member("params"))
        #expect(params.member("ref")?.serialized() == Array(#"{"type":"ref/prompt","name":"p"}"#.utf8))
        #expect(params.member("argument")?.serialized() == Array(#"{"name":"a","value":"v"}"#.utf8))
        #expect(params.members.map(\.key) == ["ref", "argument", "_meta"])
        #expect(!message.headers.contains { $0.name == "Mcp-Name" })
        let read = UpstreamRequest.call(
            id: 9, try toolCall("resources/read", try call("resources/read", #""uri":"x:y""#, name: "x:y")), dialect)
        #expect(try Fixture.json(read.body).member("params")?.members.map(\.key) == ["uri", "_meta"])
        #expect(read.headers.contains { $0.name == "Mcp-Name" && $0.value == "x:y" })
        #expect(read.headers.contains { $0.name == "Mcp-Method" && $0.value == "resources/read" })
    }

    private func toolCall(_ method: String, _ request: CallRequest) throws -> ToolCall {
        let principal = Principal(
            agent: try #require(SubjectID("a")), role: try #require(RoleName("r")), user: nil, issuer: "i", actors: [],
            credential: CredentialFacts(
                digest: Digest(of: []), tokenID: nil, keyID: nil, algorithm: "none", expires: UnixTime(seconds: 0)))
        return ToolCall(
            id: CallID(time: UnixTime(seconds: 0), random: RandomBits(high: 1, low: 2)), principal: principal,
            upstream: try #require(UpstreamID("u")), method: method, subject: request.subject,
            arguments: request.arguments, argumentDigest: request.digest, bodyDigest: Digest(of: []), model: .unknown,
            received: UnixTime(seconds: 0))
    }
}
