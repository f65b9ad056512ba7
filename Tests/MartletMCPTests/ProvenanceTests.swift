import MartletCore
import MartletMCP
import Testing

@Suite("What a client says about itself")
struct ProvenanceTests {
    private static let invocation = #"_meta["io.modelcontextprotocol/aiInvocation"].model"#
    private static let codex = #"_meta["x-codex-turn-metadata"].model"#

    @Test(
        "a model is read from each known place, and is only asserted",
        arguments: [
            (#""io.modelcontextprotocol/aiInvocation":{"model":{"name":"vendor/m-1"}}"#, "vendor/m-1", invocation),
            (#""io.modelcontextprotocol/aiInvocation":{"model":"m-2"}"#, "m-2", invocation),
            (#""x-codex-turn-metadata":{"model":"m-3","turn_id":"t"}"#, "m-3", codex),
            (#""x-codex-turn-metadata":"{\"model\":\"m-4\"}""#, "m-4", codex),
            (
                #""io.modelcontextprotocol/aiInvocation":{"model":"m"},"x-codex-turn-metadata":{"model":"m"}"#, "m",
                invocation
            ),
        ])
    func model(members: String, name: String, source: String) throws {
        let model = try Fixture.call(withMeta: members).model
        #expect(model == ModelAttribution(assurance: .asserted, name: name, source: source))
    }

    @Test("two sources that disagree are both on record")
    func contradiction() throws {
        let members = #""io.modelcontextprotocol/aiInvocation":{"model":"a"},"x-codex-turn-metadata":{"model":"b"}"#
        let model = try Fixture.call(withMeta: members).model
        #expect(model.name == "a")
        #expect(model.source == "\(Self.invocation), contradicted by \(Self.codex)")
    }

    @Test(
        "nothing is made up from what cannot be read",
        arguments: [
            #""a":1"#, #""io.modelcontextprotocol/aiInvocation":{"model":7}"#,
            #""io.modelcontextprotocol/aiInvocation":"m""#, #""io.modelcontextprotocol/aiInvocation":{"model":""}"#,
            #""io.modelcontextprotocol/aiInvocation":{"model":{"Name":"m"}}"#,
            #""io.modelcontextprotocol/aiInvocation":{"model":"a\nb"}"#,
            #""io.modelcontextprotocol/aiInvocation":{"model":"\#(String(repeating: "m", count: 257))"}"#,
            #""x-codex-turn-metadata":"{\"model\":""#, #""x-codex-turn-metadata":"{\"model\":\"a\",\"model\":\"b\"}""#,
            #""X-Codex-Turn-Metadata":{"model":"m"}"#,
        ])
    func noModel(members: String) throws {
        #expect(try Fixture.call(withMeta: members).model == .unknown)
    }

    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test(
        "a trace parent of the W3C form is kept",
        arguments: [
            parent, "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ])
    func traceparent(text: String) throws {
        #expect(TraceParent(text)?.description == text)
        #expect(try Fixture.call(withMeta: #""traceparent":"\#(text)""#).traceparent?.description == text)
        let request = try Fixture.parse(Fixture.modernCall, Fixture.callFields + [("Traceparent", text)])
        #expect(request.traceparent?.description == text)
    }

    @Test(
        "every other trace parent is dropped",
        arguments: [
            "", "00", parent.uppercased(), parent + "-more", "0" + parent, parent.replacing("00-", with: "ff-"),
            parent + "0", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", parent.replacing("-", with: "_"),
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01", parent.replacing("4b", with: "4g"),
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
        ])
    func badTraceparent(text: String) throws {
        #expect(TraceParent(text) == nil)
        #expect(try Fixture.call(withMeta: #""traceparent":"\#(text)""#).traceparent == nil)
    }

    @Test("names that cannot be shown are not kept")
    func displayText() throws {
        let body = Fixture.modernCall.replacing(#""name":"mcp""#, with: #""name":"mcp\u001b[31m""#)
        let request = try Fixture.parse(body, Fixture.callFields)
        #expect(request.clientName == nil)
        #expect(request.clientVersion == "0.1.0")
    }

    @Test(
        "a progress token is a string or an integer",
        arguments: [
            ("7", RequestID.number("7")), (#""p""#, .string("p")), ("1.5", nil), ("null", nil),
        ] as [(String, RequestID?)])
    func progressToken(text: String, token: RequestID?) throws {
        #expect(try Fixture.call(withMeta: #""progressToken":\#(text)"#).progressToken == token)
    }
}
