import MartletJSON
import Testing

@testable import MartletMCP

@Suite("One question and its answers")
struct InputQuestionTests {
    private static func json(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

    private static func question(_ method: String, _ params: String) throws -> InputQuestion {
        let required = try InputRequired("q", method: method, params: try json(params))
        return try #require(required.questions.first)
    }

    /// How many questions there are; nil when they are refused.
    private static func count(_ make: () throws -> InputRequired) -> Int? {
        do {
            return try make().questions.count
        } catch {
            return nil
        }
    }

    private static let form = (method: "elicitation/create", params: #"{"message":"Sure?"}"#)
    private static let page = (method: "elicitation/create", params: #"{"mode":"url","url":"https://x.test/a"}"#)

    @Test(
        "an answer must have the shape of its kind",
        arguments: [
            (form, #"{"action":"accept","content":{"a":"x","b":1.5,"c":true,"d":["x"]}}"#, true),
            (form, #"{"action":"accept"}"#, true), (form, #"{"action":"decline"}"#, true),
            (form, #"{"action":"cancel","content":null}"#, true), (form, #"{"action":"maybe"}"#, false),
            (form, #"{"action":"accept","content":{"a":{}}}"#, false),
            (form, #"{"action":"accept","content":{"a":[1]}}"#, false),
            (form, #"{"action":"accept","content":{"a":null}}"#, false),
            (form, #"{"action":"accept","content":[]}"#, false), (form, #"{"Action":"accept"}"#, false),
            (form, #"{"action":"accept","Content":{}}"#, false), (form, "{}", false), (form, "[]", false),
            (page, #"{"action":"accept"}"#, true), (page, #"{"action":"accept","content":{}}"#, true),
            (page, #"{"action":"accept","content":{"password":"x"}}"#, false),
            (("sampling/createMessage", "{}"), #"{"role":"assistant","model":"m","content":{}}"#, true),
            (("sampling/createMessage", "{}"), #"{"role":"user","model":"m","content":[]}"#, true),
            (("sampling/createMessage", "{}"), #"{"role":"system","model":"m","content":{}}"#, false),
            (("sampling/createMessage", "{}"), #"{"role":"assistant","content":{}}"#, false),
            (("sampling/createMessage", "{}"), #"{"role":"assistant","model":"m","content":"x"}"#, false),
            (("roots/list", "{}"), #"{"roots":[{"uri":"file:///a"}]}"#, true),
            (("roots/list", "{}"), #"{"roots":[]}"#, true),
            (("roots/list", "{}"), #"{"roots":[{}]}"#, false), (("roots/list", "{}"), "{}", false),
        ] as [((method: String, params: String), String, Bool)])
    func shapes(asked: (method: String, params: String), answer: String, isAccepted: Bool) throws {
        let question = try Self.question(asked.method, asked.params)
        #expect(question.accepts(try Self.json(answer)) == isAccepted)
    }

    @Test(
        "only a plain address of the web is a page",
        arguments: [
            ("https://x.test/a", true), ("http://127.0.0.1:8/a?b#c", true), ("HTTPS://x.test", true),
            ("javascript:alert(1)", false), ("file:///etc/passwd", false), ("https://", false), ("https:///a", false),
            ("https://user@x.test/", false), ("https://x.test\\\\@evil.test/", false), ("https://x.test/a b", false),
            ("https://ex\\u0430mple.test/", false), ("/a", false), ("https://x.test/\\n", false),
        ])
    func pages(url: String, isPage: Bool) throws {
        let params = try Self.json(#"{"mode":"url","message":"Open","url":"\#(url)"}"#)
        #expect(
            Self.count { try InputRequired("q", method: "elicitation/create", params: params) } == (isPage ? 1 : nil))
    }

    @Test("a question travels under our id, without a token of another conversation, and with the id its era wants")
    func message() throws {
        let asked = try Self.question("elicitation/create", #"{"message":"Sure?","_meta":{"progressToken":1}}"#)
        #expect(
            String(decoding: asked.message(id: 7), as: UTF8.self)
                == #"{"jsonrpc":"2.0","id":7,"method":"elicitation/create","params":{"message":"Sure?"}}"#)
        let page = try Self.question(Self.page.method, Self.page.params)
        #expect(String(decoding: page.message(id: 7), as: UTF8.self).contains(#""elicitationId":"martlet-7""#))
    }

    @Test("what an agent could not answer is told to a session-era upstream as the error it is, cut to its words")
    func refusal() throws {
        let question = try Self.question(Self.form.method, Self.form.params)
        let refusal = try #require(InputAnswer.refusal(code: -32_000, message: "busy"))
        #expect(InputAnswer.isRefusal(refusal))
        guard case .error(let code, let message) = InputAnswer(refusal, to: question) else {
            Issue.record("not an error")
            return
        }
        #expect((code, message) == (-32_000, "busy"))
    }

    @Test(
        "pages that are to be opened first must all be pages",
        arguments: [
            (#"{"elicitations":[{"mode":"url","url":"https://x.test/a","message":"m","elicitationId":"e"}]}"#, 1),
            (#"{"elicitations":[]}"#, nil), ("{}", nil), (#"{"elicitations":[{"mode":"form"}]}"#, nil),
            (#"{"elicitations":[{"mode":"url","url":"data:text/html,x"}]}"#, nil),
        ] as [(String, Int?)])
    func pagesRequired(data: String, count: Int?) throws {
        #expect(Self.count { try InputRequired(pages: try Self.json(data)) } == count)
    }

    @Test("questions are bounded in number and size")
    func bounds() throws {
        let big = #"{"message":"\#(String(repeating: "x", count: 262_144))"}"#
        #expect(throws: CallResult.Defect.badMember) { try Self.question("elicitation/create", big) }
        let many = (0...16).map { #""q\#($0)":{"method":"roots/list"}"# }.joined(separator: ",")
        let text = #"{"resultType":"input_required","inputRequests":{\#(many)}}"#
        #expect(throws: CallResult.Defect.badMember) { try InputRequired(try Self.json(text)) }
    }
}

@Suite("An agent's answer to a question of ours")
struct AgentResponseTests {
    private static func parse(
        _ body: String, _ more: [(name: String, value: String)] = [(name: "mcp-session-id", value: "s1")]
    ) throws -> InboundMessage {
        let fields = [(name: "content-type", value: "application/json")] + more
        return try RequestParser().message(headers: RequestHeaders(fields), body: Array(body.utf8))
    }

    @Test("is read in its session")
    func reads() throws {
        guard case .response(let response) = try Self.parse(#"{"jsonrpc":"2.0","id":7,"result":{"a":1}}"#),
            case .result(let value) = response.answer
        else {
            Issue.record("not a result")
            return
        }
        #expect(response.sessionID == "s1" && response.id == .number("7") && value.count == 1)
    }

    @Test(
        "is refused when it is none, or cannot be meant for us",
        arguments: [
            (
                #"{"jsonrpc":"2.0","id":7,"result":{},"error":{"code":1,"message":"m"}}"#,
                ProtocolError.Kind.invalidRequest
            ),
            (#"{"jsonrpc":"2.0","id":7,"result":[]}"#, .invalidRequest),
            (#"{"jsonrpc":"2.0","id":7,"error":{"code":1}}"#, .invalidRequest),
            (#"{"jsonrpc":"2.0","id":null,"result":{}}"#, .invalidRequest),
            (#"{"jsonrpc":"2.0","result":{}}"#, .invalidRequest), (#"{"id":7,"result":{}}"#, .invalidRequest),
            (#"{"jsonrpc":"2.0","id":7,"result":{},"Result":{}}"#, .lookalikeKey),
            (#"{"jsonrpc":"2.0","id":7,"id":8,"result":{}}"#, .ambiguousBody),
            (#"{"jsonrpc":"2.0","id":7,"method":"ping","result":{}}"#, .invalidRequest),
        ])
    func refuses(body: String, kind: ProtocolError.Kind) throws {
        let error = #expect(throws: ProtocolError.self) { try Self.parse(body) }
        #expect(error?.kind == kind && error?.requestID == nil)
    }

    @Test("needs its session, and no header of another message")
    func headers() throws {
        let body = #"{"jsonrpc":"2.0","id":7,"result":{}}"#
        let session = (name: "mcp-session-id", value: "s1")
        for (fields, kind) in [
            ([], ProtocolError.Kind.missingSession), ([session, session], .duplicateHeader),
            ([session, (name: "mcp-method", value: "ping")], .headerMismatch),
            ([session, (name: "mcp-protocol-version", value: "2026-07-28")], .invalidRequest),
        ] as [([(name: String, value: String)], ProtocolError.Kind)] {
            let error = #expect(throws: ProtocolError.self) { try Self.parse(body, fields) }
            #expect(error?.kind == kind)
        }
    }
}
