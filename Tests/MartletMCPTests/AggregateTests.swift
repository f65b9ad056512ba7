import MartletCore
import MartletJSON
import MartletMCP
import Testing

@Suite("Names on the aggregated route")
struct AggregateTests {
    private let id = RequestID.number("1")

    private func upstream(_ name: String) throws -> UpstreamID { try #require(UpstreamID(name)) }
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func request(_ method: String, _ params: String = "", name: String? = nil) throws -> MCPRequest {
        try Fixture.parse(
            Fixture.modernBody(method, params.isEmpty ? "" : params + ","), Fixture.modern(method, name: name))
    }

    private func call(_ name: String) throws -> CallRequest {
        try request("tools/call", #""name":"\#(name)""#, name: name).call(.aggregated)
    }

    @Test(
        "a name belongs to the upstream before its first double underscore",
        arguments: [
            ("erp__pay", "erp", "pay"), ("erp____pay", "erp", "__pay"), ("a___b", "a", "_b"), ("a__b__c", "a", "b__c"),
            ("_a__b", "_a", "b"), ("a.b-c__d", "a.b-c", "d"),
        ])
    func split(text: String, owner: String, name: String) throws {
        let call = try call(text)
        #expect(call.upstream?.rawValue == owner)
        #expect(call.subject.text == name)
        let spelled = Spelling.aggregated(try upstream(owner))(name)
        #expect(spelled == text)
    }

    @Test(
        "what names no upstream and no tool of it is an unknown tool, in the caller's own words",
        arguments: ["pay", "__pay", "erp__", "erp_pay", "e rp__pay", "é__pay", "erp__p\u{e9}"])
    func unknown(name: String) throws {
        let body = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(name)"}}"#
        let message = try Fixture.parse(body, Fixture.sessionFields)
        let error = try #require(throws: ProtocolError.self) { try message.call(.aggregated) }
        #expect(error == .unknownTool(name, era: .legacy, id: id))
    }

    @Test(
        "no upstream's name may hide where another's ends",
        arguments: [
            ("erp", true), ("a_b", true), ("_a", true), ("a__b", false), ("a_", false), ("_", false), ("__", false),
        ])
    func names(name: String, isPossible: Bool) throws {
        #expect(Naming.canSpell(try upstream(name)) == isPossible)
    }

    @Test("a name of 128 bytes is shown and found, one of 129 is not")
    func length() throws {
        for (count, isShown) in [(123, true), (124, false)] {
            let name = String(repeating: "x", count: count)
            let page = try #require(
                ToolPage(try Fixture.json(#"{"tools":[{"name":"\#(name)","inputSchema":{"type":"object"}}]}"#)))
            #expect((AggregatedItem(page.tools[0], of: try upstream("erp")) != nil) == isShown)
            let list = try #require(ListPage(try Fixture.json(#"{"prompts":[{"name":"\#(name)"}]}"#), of: .prompts))
            #expect((AggregatedItem(list.items[0], .prompts, of: try upstream("erp")) != nil) == isShown)
            if isShown {
                #expect(try call("erp__" + name).subject.text == name)
            } else {
                #expect(throws: ProtocolError.self) { try call("erp__" + name) }
            }
        }
    }

    @Test("prompts, resources and references of completions are named alike")
    func others() throws {
        let prompt = try request("prompts/get", #""name":"docs__a b""#, name: "docs__a b").call(.aggregated)
        #expect(prompt.upstream?.rawValue == "docs" && prompt.subject == PromptName("a b").map { .prompt($0) })
        let uri = "docs__file:///a__b"
        let resource = try request("resources/read", #""uri":"\#(uri)""#, name: uri).call(.aggregated)
        #expect(resource.upstream?.rawValue == "docs")
        #expect(resource.subject == ResourceURI("file:///a__b").map { .resource($0) })
        let reference = #""ref":{"type":"ref/resource","uri":"docs__x:{y}"},"argument":{"name":"y","value":""}"#
        let completion = try request("completion/complete", reference).call(.aggregated)
        #expect(completion.upstream?.rawValue == "docs")
        #expect(completion.subject == ResourceURI("x:{y}").map { .resource($0) })
        let missing = try request("resources/read", #""uri":"file:///a""#, name: "file:///a")
        let error = try #require(throws: ProtocolError.self) { try missing.call(.aggregated) }
        #expect(error == .resourceNotFound("file:///a", era: .modern, id: id))
    }

    @Test("a list names its items as they are called, keeps every other field, and says what is missing")
    func list() throws {
        let erp = try upstream("erp")
        let page = try #require(
            ToolPage(
                try Fixture.json(
                    #"{"tools":[{"title":"T","name":"a","inputSchema":{"type":"object","name":"a"},"x":1.50}]}"#)))
        let items = [try #require(AggregatedItem(page.tools[0], of: erp))]
        let degraded = [DegradedUpstream(try upstream("crm"), .timeout)]
        let request = try request("tools/list")
        #expect(
            text(Reply.list(to: request, id: id, member: "tools", items: items, degraded: degraded))
                == #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","tools":[{"title":"T","name":"erp__a","#
                + #""inputSchema":{"type":"object","name":"a"},"x":1.50}],"ttlMs":0,"cacheScope":"private","#
                + #""_meta":{"martlet.dev/degraded":[{"upstream":"crm","reason":"timeout"}]}}}"#)
        let whole = text(Reply.list(to: request, id: id, member: "tools", items: [], degraded: []))
        #expect(!whole.contains("degraded"))
    }

    @Test("a legacy list leaves out what legacy agents cannot read, under the new name too")
    func legacyList() throws {
        let page = try #require(
            ToolPage(
                try Fixture.json(
                    #"{"tools":[{"name":"a","inputSchema":{"type":"object"},"outputSchema":{"type":"array"}}]}"#)))
        let item = try #require(AggregatedItem(page.tools[0], of: try upstream("erp")))
        let request = try Fixture.parse(
            #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, Fixture.sessionFields)
        #expect(
            text(Reply.list(to: request, id: id, member: "tools", items: [item], degraded: []))
                == #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"erp__a","inputSchema":{"type":"object"}}]}}"#)
    }

    @Test(
        "resources and templates are named by their URIs, prompts by their names",
        arguments: [
            (ListKind.resources, #"{"uri":"x:y","name":"n"}"#, #"{"uri":"erp__x:y","name":"n"}"#),
            (.resourceTemplates, #"{"name":"n","uriTemplate":"x:{y}"}"#, #"{"name":"n","uriTemplate":"erp__x:{y}"}"#),
            (.prompts, #"{"name":"n","title":"n"}"#, #"{"name":"erp__n","title":"n"}"#),
        ])
    func kinds(kind: ListKind, offered: String, shown: String) throws {
        let page = try #require(ListPage(try Fixture.json(#"{"\#(kind.member)":[\#(offered)]}"#), of: kind))
        let item = try #require(AggregatedItem(page.items[0], kind, of: try upstream("erp")))
        let request = try request(kind.method.rawValue)
        let body = text(Reply.list(to: request, id: id, member: kind.member, items: [item], degraded: []))
        #expect(body.contains(#""\#(kind.member)":[\#(shown)]"#))
    }

    @Test(
        "in results the URIs that come back are spelled as on the route, and nothing else is",
        arguments: [
            (
                MartletMCP.Method.readResource,
                #"{"contents":[{"uri":"x:y","text":"x:y","_meta":{"uri":"x:y"}}],"content":[{"uri":"x:y"}]}"#,
                #""contents":[{"uri":"erp__x:y","text":"x:y","_meta":{"uri":"x:y"}}],"content":[{"uri":"x:y"}]"#
            ),
            (
                .callTool,
                #"{"content":[{"type":"text","text":"x:y","uri":"x:y"},{"type":"resource_link","uri":"x:y","name":"n"},"#
                    + #"{"type":"resource","resource":{"uri":"x:y","text":""}}],"structuredContent":{"uri":"x:y"}}"#,
                #""content":[{"type":"text","text":"x:y","uri":"x:y"},{"type":"resource_link","uri":"erp__x:y","name":"n"},"#
                    + #"{"type":"resource","resource":{"uri":"erp__x:y","text":""}}],"structuredContent":{"uri":"x:y"}"#
            ),
            (
                .getPrompt,
                #"{"messages":[{"role":"user","content":{"type":"resource","resource":{"uri":"x:y"}}},7,"#
                    + #"{"role":"user","content":[{"type":"resource_link","uri":"x:y"}]}]}"#,
                #""messages":[{"role":"user","content":{"type":"resource","resource":{"uri":"erp__x:y"}}},7,"#
                    + #"{"role":"user","content":[{"type":"resource_link","uri":"erp__x:y"}]}]"#
            ),
        ])
    func results(method: MartletMCP.Method, upstreamSaid: String, agentSees: String) throws {
        let result = try CallResult(try Fixture.json(upstreamSaid), of: method)
        let request = try Fixture.parse(Fixture.modernCall, Fixture.callFields)
        let spelling = Spelling.aggregated(try upstream("erp"))
        let answer = text(Reply.callResult(to: request, id: id, result, spelling: spelling))
        #expect(answer.contains(agentSees), "\(answer)")
        let verbatim = text(Reply.callResult(to: request, id: id, result))
        #expect(!verbatim.contains("erp__"))
    }

    @Test("all upstreams present themselves as one server: every feature, instructions under each name")
    func union() throws {
        let erp = UpstreamProfile(
            features: [.tools, .logging], instructions: "Pay.", server: Implementation(name: "erp", version: "1"))
        let docs = UpstreamProfile(features: [.resources], instructions: "Read.\r\n\n# erp\n\nPay all.")
        let quiet = UpstreamProfile(features: [.tools])
        let all = UpstreamProfile(
            union: [(try upstream("docs"), docs), (try upstream("erp"), erp), (try upstream("quiet"), quiet)])
        #expect(all.features == [.tools, .logging, .resources])
        #expect(all.instructions == "# docs\n\n> Read.\n> \n> # erp\n> \n> Pay all.\n\n# erp\n\n> Pay.")
        #expect(all.server == nil)
        let none = UpstreamProfile(union: [])
        #expect(none.features == [.tools] && none.instructions == nil)
    }
}
