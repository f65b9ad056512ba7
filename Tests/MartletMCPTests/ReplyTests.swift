import MartletJSON
import MartletMCP
import Testing

@Suite("Answers to agents")
struct ReplyTests {
    private let server = Implementation(name: "martlet", version: "1.0")
    private let id = RequestID.number("4")

    private func modern() throws -> MCPRequest { try Fixture.parse(Fixture.modernCall, Fixture.callFields) }
    private func legacy() throws -> MCPRequest { try Fixture.parse(Fixture.legacyCall, Fixture.sessionFields) }
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("discovery lists the modern version and tools alone, for this caller alone")
    func discover() {
        let profile = UpstreamProfile(features: [.tools], instructions: "Ask.")
        #expect(
            text(Reply.discover(id: id, server: server, profile: profile))
                == #"{"jsonrpc":"2.0","id":4,"result":{"resultType":"complete","supportedVersions":["2026-07-28"],"#
                + #""capabilities":{"tools":{"listChanged":true}},"instructions":"Ask.","ttlMs":0,"cacheScope":"private","#
                + #""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"martlet","version":"1.0"}}}}"#)
    }

    @Test("the opening is answered with the settled version")
    func initialize() throws {
        let request = try Fixture.parse(Fixture.legacyOpening, Fixture.common)
        #expect(
            text(
                Reply.initialize(
                    to: request, id: .number("1"), server: server, profile: UpstreamProfile(features: [.tools])))
                == #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":"#
                + #"{"listChanged":true}},"serverInfo":{"name":"martlet","version":"1.0"}}}"#)
    }

    @Test("what an upstream says of itself is display text: bounded, without control characters, known features only")
    func profile() throws {
        let stated =
            #"{"capabilities":{"prompts":{"listChanged":true},"resources":{"subscribe":true},"tasks":{},"tools":1},"#
        let more = #""instructions":"a\n\u001b[31mb\u0000","serverInfo":{"name":"erp","version":"2"}}"#
        let profile = try #require(UpstreamProfile(try Fixture.json(stated + more)))
        #expect(profile.features == [.prompts, .resources])
        #expect(profile.instructions == "a\n[31mb")
        #expect(
            text(Reply.initialize(to: try legacy(), id: id, server: server, profile: profile)).contains(
                #""capabilities":{"prompts":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true}},"#
                    + #""serverInfo":{"name":"erp","version":"2"}"#))
        #expect(UpstreamProfile(try Fixture.json("{}")) == nil)
        let long = String(repeating: "x", count: 9000)
        let bounded = UpstreamProfile(try Fixture.json(#"{"capabilities":{},"instructions":"\#(long)"}"#))
        #expect(bounded?.instructions?.count == 8192)
    }

    private static let tools =
        #"{"tools":[{"name":"a","inputSchema":{"type":"object"},"x-own":1.50,"outputSchema":{"type":"array"}},"#
        + #"{"name":"b","inputSchema":{"type":"object"},"outputSchema":{"type":"object"}}]}"#

    @Test("a list keeps every field of its tools; legacy agents get only output schemas of objects")
    func toolList() throws {
        let tools = try #require(ToolPage(try Fixture.json(Self.tools))).tools
        #expect(
            text(Reply.toolList(to: try modern(), id: id, tools: tools, lifetime: 5000))
                == #"{"jsonrpc":"2.0","id":4,"result":{"resultType":"complete",\#(Self.tools.dropFirst().dropLast()),"#
                + #""ttlMs":5000,"cacheScope":"private"}}"#)
        let wrapped = Self.tools.replacing(#","outputSchema":{"type":"array"}"#, with: "")
        #expect(
            text(Reply.toolList(to: try legacy(), id: id, tools: tools))
                == #"{"jsonrpc":"2.0","id":4,"result":\#(wrapped)}"#)
    }

    @Test(
        "a result is fit for the agent's era, whatever the upstream's was",
        arguments: [
            #"{"content":[],"structuredContent":{"x":1.10},"isError":false}"#,
            #"{"content":[],"structuredContent":{"x":1.10},"isError":false,"resultType":"complete"}"#,
        ])
    func callResult(upstream: String) throws {
        let result = try CallResult(try Fixture.json(upstream))
        let members = #"{"content":[],"structuredContent":{"x":1.10},"isError":false"#
        #expect(
            text(Reply.callResult(to: try modern(), id: id, result))
                == #"{"jsonrpc":"2.0","id":4,"result":\#(members),"resultType":"complete","_meta":{}}}"#)
        #expect(
            text(Reply.callResult(to: try legacy(), id: id, result))
                == #"{"jsonrpc":"2.0","id":4,"result":\#(members),"_meta":{}}}"#)
    }

    @Test("legacy agents get structured content as an object")
    func wrapped() throws {
        let result = try CallResult(
            try Fixture.json(#"{"content":[],"structuredContent":[1],"ttlMs":9,"cacheScope":"public"}"#))
        let legacy = try Fixture.json(Reply.callResult(to: try legacy(), id: id, result)).member("result")
        #expect(legacy?.member("structuredContent")?.serialized() == Array(#"{"result":[1]}"#.utf8))
        #expect(legacy?.member("ttlMs") == nil)
        #expect(legacy?.member("cacheScope") == nil)
        let modern = try Fixture.json(Reply.callResult(to: try modern(), id: id, result)).member("result")
        #expect(modern?.member("structuredContent")?.serialized() == Array("[1]".utf8))
    }

    @Test("an upstream cannot speak as the gateway")
    func reservedMeta() throws {
        let upstream =
            #"{"content":[],"_meta":{"martlet.dev/receipt":{"call":"fake"},"Martlet.dev/authorization":1,"own":2,"#
            + #""io.modelcontextprotocol/authorization":3,"io.modelcontextprotocol/serverInfo":{"name":"erp"}}}"#
        let result = try CallResult(try Fixture.json(upstream))
        let answer = Reply.callResult(to: try modern(), id: id, result) { writer in
            writer.key(MetaKey.receipt)
            writer.beginObject()
            writer.member("call", string: "real")
            writer.endObject()
        }
        let meta = try Fixture.json(answer).member("result")?.member("_meta")
        #expect(
            meta?.serialized()
                == Array(
                    (#"{"own":2,"io.modelcontextprotocol/serverInfo":{"name":"erp"},"#
                        + #""martlet.dev/receipt":{"call":"real"}}"#).utf8))
    }

    @Test(
        "a result that cannot be handed on says why",
        arguments: [
            ("[]", CallResult.Defect.notAnObject), ("{}", .noContent), (#"{"content":{}}"#, .noContent),
            (#"{"content":[],"resultType":"input_required"}"#, .inputRequired),
            (#"{"content":[],"resultType":"task"}"#, .unknownType),
            (#"{"content":[],"resultType":null}"#, .unknownType),
            (#"{"content":[],"isError":"true"}"#, .badMember), (#"{"content":[],"_meta":[]}"#, .badMember),
            (#"{"content":[],"IsError":false,"isError":true}"#, .lookalikeKey), (#"{"Content":[]}"#, .lookalikeKey),
        ])
    func defects(text: String, defect: CallResult.Defect) throws {
        let value = try Fixture.json(text)
        #expect(throws: defect) { try CallResult(value) }
    }

    @Test("an error of the tool is told from a success", arguments: [("true", true), ("false", false)])
    func isError(flag: String, expected: Bool) throws {
        #expect(try CallResult(try Fixture.json(#"{"content":[],"isError":\#(flag)}"#)).isError == expected)
    }

    @Test("a failure is text the model reads, with the gateway's own facts")
    func toolError() throws {
        let answer = Reply.toolError(to: try modern(), id: id, text: "Not \"executed\".") { writer in
            writer.member(MetaKey.authorization.description, string: "deny")
        }
        #expect(
            text(answer)
                == #"{"jsonrpc":"2.0","id":4,"result":{"content":[{"type":"text","text":"Not \"executed\"."}],"#
                + #""isError":true,"resultType":"complete","_meta":{"martlet.dev/authorization":"deny"}}}"#)
        #expect(!text(Reply.toolError(to: try legacy(), id: id, text: "x")).contains("resultType"))
    }

    @Test("a hidden tool and a missing one give the same bytes, and a long name is cut")
    func unknownTool() {
        let error = ProtocolError.unknownTool(String(repeating: "x", count: 5000), era: .modern, id: nil)
        #expect(error.message == "Unknown tool: " + String(repeating: "x", count: 128))
    }
}
