import MartletJSON
import MartletMCP
import Testing

@Suite("What an upstream says before its answer")
struct UpstreamNoticeTests {
    private func notice(_ method: String, _ params: String, ofCall number: Int64 = 7) throws -> UpstreamNotice? {
        UpstreamNotice(method: method, params: try JSONValue.parse(Array(params.utf8)), ofCall: number)
    }

    private func text(_ notice: UpstreamNotice?, token: RequestID?) throws -> String? {
        try #require(notice).message(token: token).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("progress goes out under the caller's own token, every other member as it came")
    func progress() throws {
        let params = #"{"progressToken":7,"progress":0.50,"total":1e0,"message":"half","x":[1]}"#
        let notice = try notice("notifications/progress", params)
        let expected =
            #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":0.50,"total":1e0,"#
            + #""message":"half","x":[1],"progressToken":"mine"}}"#
        #expect(try text(notice, token: .string("mine")) == expected)
        #expect(try text(notice, token: nil) == nil)
    }

    @Test(
        "what does not belong to the call is nobody's",
        arguments: [
            ("notifications/progress", #"{"progressToken":8,"progress":1}"#),
            ("notifications/progress", #"{"progressToken":"7","progress":1}"#),
            ("notifications/progress", #"{"progressToken":7.0,"progress":1}"#),
            ("notifications/progress", #"{"progress":1}"#),
            ("notifications/progress", #"{"progressToken":7}"#),
            ("notifications/progress", #"{"progressToken":7,"progress":"1"}"#),
            ("notifications/progress", #"{"progressToken":7,"progress":1,"total":"2"}"#),
            ("notifications/progress", #"{"progressToken":7,"ProgressToken":8,"progress":1}"#),
            ("notifications/progress", #"{"progressToken":7,"progress":1,"_meta":[]}"#),
            ("notifications/message", #"{"level":"loud","data":1}"#),
            ("notifications/message", #"{"level":"info"}"#),
            ("notifications/message", #"{"data":1}"#),
            ("notifications/tools/list_changed", "{}"),
            ("notifications/cancelled", #"{"requestId":7}"#),
            ("notifications/elicitation/complete", #"{"progressToken":7,"progress":1}"#),
            ("Notifications/progress", #"{"progressToken":7,"progress":1}"#),
        ])
    func foreign(method: String, params: String) throws {
        #expect(try notice(method, params) == nil)
    }

    @Test("a log line is handed on whole, but an upstream cannot speak as the gateway")
    func log() throws {
        let params =
            #"{"level":"warning","logger":"db","data":{"a":1},"#
            + #""_meta":{"martlet.dev/receipt":1,"io.modelcontextprotocol/subscriptionId":"s","own":2}}"#
        let notice = try notice("notifications/message", params)
        #expect(notice?.kind == .log(.warning))
        let expected =
            #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"warning","logger":"db","#
            + #""data":{"a":1},"_meta":{"own":2}}}"#
        #expect(try text(notice, token: nil) == expected)
        #expect(try text(notice, token: .number("3")) == expected)
    }

    @Test("levels are ordered as RFC 5424 says")
    func levels() {
        for (index, level) in LogLevel.allCases.enumerated() {
            for (other, threshold) in LogLevel.allCases.enumerated() {
                #expect(level.reaches(threshold) == (index >= other))
            }
        }
        #expect(LogLevel.allCases.first == .debug)
        #expect(LogLevel.allCases.last == .emergency)
    }
}
