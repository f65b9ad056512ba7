import MartletCore
import MartletJSON
import MartletMCP
import Testing

@Suite("Listening")
struct ListeningTests {
    private static func json(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }
    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    private static let uri = "shelf://a"

    @Test("a filter has what is true in it, and URIs; everything else is no filter")
    func filter() throws {
        let text =
            #"{"toolsListChanged":true,"promptsListChanged":false,"resourceSubscriptions":["shelf://a","no uri","shelf://a"]}"#
        let filter = try #require(ListenFilter(try Self.json(text)))
        #expect(filter == ListenFilter(lists: [.tools], resources: [try #require(ResourceURI(Self.uri))]))
        #expect(ListenFilter(try Self.json("{}"))?.isEmpty == true)
    }

    @Test(
        "what could be understood in two ways is no filter",
        arguments: [
            "[]", #""tools""#, #"{"toolsListChanged":1}"#, #"{"resourceSubscriptions":"shelf://a"}"#,
            #"{"resourceSubscriptions":[1]}"#, #"{"ToolsListChanged":true}"#, #"{"taskIds":"t1.x"}"#,
            #"{"taskIds":["a",1]}"#, #"{"taskids":["a"]}"#,
        ])
    func noFilter(text: String) throws { #expect(ListenFilter(try Self.json(text)) == nil) }

    @Test("an acknowledgement names its stream and says what was accepted, and nothing else")
    func acknowledgement() throws {
        let part = ListenFilter(lists: [.prompts, .tools], resources: [try #require(ResourceURI(Self.uri))])
        let filter = StreamFilter(.verbatim, [try #require(UpstreamID("erp")): part])
        #expect(
            Self.text(Reply.acknowledged(filter, subscription: .string("s1")))
                == #"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":"#
                + #"{"io.modelcontextprotocol/subscriptionId":"s1"},"notifications":{"toolsListChanged":true,"#
                + #""promptsListChanged":true,"resourceSubscriptions":["shelf://a"]}}}"#)
        #expect(
            Self.text(Reply.listenEnded(subscription: .number("7")))
                == #"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","_meta":"#
                + #"{"io.modelcontextprotocol/subscriptionId":7}}}"#)
    }

    @Test("a change is told in the words of each era, and of the upstream's bytes only the URI is")
    func change() throws {
        let params = try Self.json(
            #"{"uri":"shelf://a","title":"x","_meta":{"io.modelcontextprotocol/subscriptionId":9}}"#)
        let change = try #require(Change(method: "notifications/resources/updated", params: params))
        #expect(
            Self.text(change.message(on: nil))
                == #"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"shelf://a"}}"#)
        #expect(
            Self.text(change.message(on: .string("s")))
                == #"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"_meta":"#
                + #"{"io.modelcontextprotocol/subscriptionId":"s"},"uri":"shelf://a"}}"#)
        let list = try #require(Change(method: "notifications/tools/list_changed", params: params))
        #expect(
            Self.text(list.message(on: nil)) == #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#)
    }

    @Test("on the route of all upstreams a resource has its upstream's name before it, both ways")
    func aggregated() throws {
        let (erp, crm) = (try #require(UpstreamID("erp")), try #require(UpstreamID("crm")))
        let uri = try #require(ResourceURI(Self.uri))
        let filter = StreamFilter(.aggregated, [erp: ListenFilter(lists: [.tools], resources: [uri]), crm: .init()])
        let degraded = [DegradedUpstream(crm, .refused)]
        #expect(
            Self.text(Reply.acknowledged(filter, subscription: .string("s1"), degraded: degraded))
                == #"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":"#
                + #"{"io.modelcontextprotocol/subscriptionId":"s1","martlet.dev/degraded":"#
                + #"[{"upstream":"crm","reason":"refused"}]},"notifications":{"toolsListChanged":true,"#
                + #""resourceSubscriptions":["erp__shelf://a"]}}}"#)
        #expect(
            Self.text(HeardChange(.updated(uri), of: erp).message(on: nil, .aggregated))
                == #"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"erp__shelf://a"}}"#)
        #expect(
            Self.text(HeardChange(.list(.tools), of: erp).message(on: nil, .aggregated))
                == #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#)
        #expect(HeardChange(.list(.tools), of: erp) == HeardChange(.list(.tools), of: crm))
        #expect(HeardChange(.updated(uri), of: erp) != HeardChange(.updated(uri), of: crm))
    }

    @Test("what is asked for is taken apart once, and what cannot be heard is refused in the agent's own words")
    func asked() throws {
        let named = #"["erp__shelf://a","nosuch__shelf://a","shelf://a","erp__no uri","erp___x"]"#
        let wanted = #""notifications":{"toolsListChanged":true,"resourceSubscriptions":\#(named)},"#
        let request = try Fixture.parse(
            Fixture.modernBody("subscriptions/listen", wanted), Fixture.modern("subscriptions/listen"))
        let (erp, uri) = (try #require(UpstreamID("erp")), try #require(ResourceURI(Self.uri)))
        let all = try request.listen(.aggregated, of: nil, maximumResources: 5)
        #expect(all.resources == [erp: [uri], try #require(UpstreamID("nosuch")): [uri]])
        #expect(all.lists == [.tools] && all.unreadable == ["shelf://a", "erp__no uri", "erp___x"])
        let filter = StreamFilter(.aggregated, [erp: ListenFilter(resources: [uri])])
        #expect(all.refused(by: filter) == ["nosuch__shelf://a"] + all.unreadable)
        let one = try request.listen(.verbatim, of: erp, maximumResources: 5)
        #expect(one.resources == [erp: [uri]] && one.unreadable.count == 4)
        #expect(throws: ProtocolError.self) { try request.listen(.aggregated, of: nil, maximumResources: 4) }
    }

    @Test("tasks are listened to by whoever declared them, under the agent's ids here and the upstream's there")
    func tasks() throws {
        let (erp, tool) = (try #require(UpstreamID("erp")), try #require(ToolName("work")))
        func asked(_ capabilities: String) throws -> ListenRequest {
            let body = Fixture.modernBody("subscriptions/listen", #""notifications":{"taskIds":["t1.b","t1.a"]},"#)
                .replacing(#"clientCapabilities":{}"#, with: #"clientCapabilities":\#(capabilities)"#)
            return try Fixture.parse(body, Fixture.modern("subscriptions/listen"))
                .listen(.verbatim, of: erp, maximumResources: 2)
        }
        let declared = #"{"extensions":{"io.modelcontextprotocol/tasks":{}}}"#
        #expect(throws: ProtocolError.self) { try asked("{}") }
        let request = try asked(declared)
        #expect(request.tasks == ["t1.a", "t1.b"])
        let task = try #require(
            TaskReference(
                upstream: erp, upstreamID: "theirs",
                call: CallID(time: UnixTime(seconds: 0), random: RandomBits(high: 1, low: 1)), tool: tool, grant: "g",
                argumentDigest: Digest(of: [])))
        let filter = StreamFilter(.verbatim, [:], tasks: ["t1.a": task])
        #expect(request.refused(by: filter) == ["t1.b"])
        #expect(filter[task.upstream].tasks == ["theirs"] && filter.task("theirs", of: task.upstream)?.handle == "t1.a")
        #expect(
            Self.text(Reply.acknowledged(filter, subscription: .string("s"))).hasSuffix(
                #""notifications":{"taskIds":["t1.a"]}}}"#))
        let dialect = UpstreamDialect(version: .v2026_07_28, client: Implementation(name: "m", version: "1"))
        let sent = Self.text(UpstreamRequest.listen(id: 1, filter[task.upstream], dialect).body)
        #expect(sent.contains(#""taskIds":["theirs"]"#) && sent.contains(#"clientCapabilities":\#(declared)"#))
        let other = Self.text(UpstreamRequest.listen(id: 1, ListenFilter(lists: [.tools]), dialect).body)
        #expect(other.contains(#"clientCapabilities":{}"#))
    }

    @Test(
        "nothing else is a change",
        arguments: [
            ("notifications/message", #"{"level":"info","data":1}"#), ("notifications/resources/updated", "{}"),
            ("notifications/resources/updated", #"{"uri":"no uri"}"#),
            ("notifications/resources/updated", #"{"uri":"shelf://a","URI":"shelf://b"}"#),
            ("notifications/Tools/list_changed", "{}"), ("tools/list_changed", "{}"),
        ])
    func noChange(method: String, params: String) throws {
        #expect(Change(method: method, params: try Self.json(params)) == nil)
    }

    @Test("what comes on a stream of ours must name it")
    func named() throws {
        func read(_ meta: String) throws -> ListenMessage? {
            ListenMessage(
                method: "notifications/tools/list_changed", params: try Self.json(#"{"_meta":\#(meta)}"#), ofRequest: 7)
        }
        #expect(try read(#"{"io.modelcontextprotocol/subscriptionId":7}"#) != nil)
        #expect(try read(#"{"io.modelcontextprotocol/subscriptionId":8}"#) == nil)
        #expect(try read(#"{"io.modelcontextprotocol/subscriptionId":"7"}"#) == nil)
        #expect(try read("{}") == nil)
    }
}
