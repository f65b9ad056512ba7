import MartletJSON

/// Sends the suite's requests: the good ones, from which each check departs in one thing.
///
/// It never calls a tool that may exist, except one that is named for it (`--asking-tool`, `--mirrored-tool`).
struct Prober: Sendable {
    let exchange: RawExchange
    var token: String?
    /// Whether a good request with the token is served: without that, refusals mean nothing.
    var isServed = true
    /// A token of another principal for the same route.
    var otherToken: String?
    /// A token for another route of the same gateway.
    var foreignToken: String?
    var hiddenTool: String?
    var askingTool: String?
    var mirroredTool: String?

    static let modern = "2026-07-28"
    static let legacy = "2025-11-25"
    /// A tool that nobody has: 14 letters, so that its base64 has padding and spare bits.
    static let nobody = "martlet-nobody"

    var target: Target { exchange.target }

    func send(_ request: ProbeRequest) -> ProbeOutcome { exchange.send(request) }

    /// Runs a check that needs a token, and says so when there is none.
    func authenticated(_ check: () -> Finding) -> Finding {
        guard token != nil else { return .notExercised("no --token-file") }
        return isServed ? check() : .notExercised("the token is not served")
    }

    func withOther(_ check: (Prober) -> Finding) -> Finding {
        guard let otherToken else { return .notExercised("no --other-token-file") }
        var other = self
        other.token = otherToken
        return check(other)
    }

    /// A good request of the modern era.
    func modern(_ method: String, _ members: String = "", name: String? = nil, id: String = "1") -> ProbeRequest {
        var request = post(Self.body(method, members.isEmpty ? Self.meta() : "\(members),\(Self.meta())", id: id))
        request.set("MCP-Protocol-Version", Self.modern)
        request.set("Mcp-Method", method)
        request.set("Mcp-Name", name)
        return request
    }

    /// A good list: nothing about it is particular to a principal or an upstream.
    func list() -> ProbeRequest { modern("tools/list") }

    /// A call of a tool that does not exist: the latest refusal of all, so that any earlier one shows.
    func nobodyCalled() -> ProbeRequest { call(Self.nobody) }

    func call(_ tool: String, arguments: String = "{}", more: String = "") -> ProbeRequest {
        modern("tools/call", "\"name\":\(Self.quoted(tool)),\"arguments\":\(arguments)\(more)", name: tool)
    }

    /// A request of the session era.
    func legacy(_ method: String, _ params: String = "{}", session: String? = nil) -> ProbeRequest {
        var request = post(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#)
        if method != "initialize" { request.set("MCP-Protocol-Version", Self.legacy) }
        request.set("Mcp-Session-Id", session)
        return request
    }

    func initialize() -> ProbeRequest {
        legacy(
            "initialize",
            #"{"protocolVersion":"\#(Self.legacy)","capabilities":{},"clientInfo":{"name":"martlet","version":"1"}}"#)
    }

    func post(_ body: String) -> ProbeRequest {
        var request = ProbeRequest(body: Array(body.utf8))
        request.set("Content-Type", "application/json")
        request.set("Accept", "application/json, text/event-stream")
        request.set("Authorization", token.map { "Bearer \($0)" })
        return request
    }

    /// The result of a good request; nil when there is none.
    func result(_ request: ProbeRequest) -> JSONValue? {
        guard case .answer(let answer) = send(request), answer.status == 200 else { return nil }
        return answer.result
    }

    /// The names of the tools this caller sees.
    func visibleTools() -> [JSONValue] {
        result(list())?.member("tools").map { Array($0.elements) } ?? []
    }

    static func body(_ method: String, _ members: String, id: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(members)}}"#
    }

    /// The envelope of a modern request; `more` are further members of `_meta`.
    static func meta(version: String = modern, _ more: String = "") -> String {
        let prefix = "io.modelcontextprotocol/"
        return #""_meta":{"\#(prefix)protocolVersion":"\#(version)","\#(prefix)clientCapabilities":"#
            + #"{"elicitation":{},"sampling":{}}\#(more)}"#
    }

    static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
