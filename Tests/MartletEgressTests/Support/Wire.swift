/// Messages of test servers, as text.
enum Wire {
    static func result(_ request: ReceivedRequest, _ result: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(request.rpcID),"result":\#(result)}"#
    }

    static func error(_ request: ReceivedRequest, _ code: Int, _ message: String = "no") -> String {
        #"{"jsonrpc":"2.0","id":\#(request.rpcID),"error":{"code":\#(code),"message":"\#(message)"}}"#
    }

    static let discovered = #"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{}}"#
    static let initialized =
        #"{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"t","version":"1"}}"#
    static func text(_ text: String) -> String { #"{"content":[{"type":"text","text":"\#(text)"}]}"# }
    static func tools(_ names: [String], next: String? = nil) -> String {
        let tools = names.map { #"{"name":"\#($0)","inputSchema":{"type":"object"}}"# }.joined(separator: ",")
        return #"{"tools":[\#(tools)]\#(next.map { #","nextCursor":"\#($0)""# } ?? "")}"#
    }

    /// A well-behaved modern server; `call` answers the tool calls.
    static func modern(_ call: @escaping TestServer.Script) -> TestServer.Script {
        { request in
            switch request.rpcMethod {
            case "server/discover": [.answer(result(request, discovered))]
            case "tools/call": call(request)
            case "tools/list": [.answer(result(request, tools(["issue_payment"])))]
            default: [.answer(error(request, -32601), status: "404 Not Found")]
            }
        }
    }

    /// A well-behaved legacy server; its session ids count connections of sessions, `s1`, `s2` …
    static func legacy(_ call: @escaping TestServer.Script) -> TestServer.Script {
        let sessions = Counter()
        return { request in
            switch request.rpcMethod {
            case "initialize":
                [.answer(result(request, initialized), headers: ["mcp-session-id: s\(sessions.next())"])]
            case "notifications/initialized", "notifications/cancelled": [.status("202 Accepted")]
            case "DELETE": [.status("200 OK")]
            case "tools/call": call(request)
            case "tools/list": [.answer(result(request, tools(["issue_payment"])))]
            default: [.answer(error(request, -32600, "Missing session ID"), status: "400 Bad Request")]
            }
        }
    }

    /// Answers a call with the arguments it came with.
    static let echo: TestServer.Script = { request in
        let arguments = request.body.range(between: #""arguments":"#, and: ["}"]) ?? "{"
        return [.answer(result(request, #"{"content":[],"structuredContent":\#(arguments)}}"#))]
    }
}
