import MartletApproval
import MartletAudit
import MartletAuthn
import MartletCore
import MartletJSON
import MartletMCP
import MartletPolicy

/// Every refusal and failure as the caller sees it: HTTP status, JSON-RPC code, text. The only file that decides this.
///
/// Texts are made of constants and the caller's own words; no internal text, no upstream's bytes and no reason that
/// would tell a stranger more than the status does. Source: docs/reference/errors.md; MCP 2026-07-28, "Error Codes".
struct ErrorMapping: Sendable {
    /// `<public URL>`; metadata URLs are built from it.
    let publicURL: String
    let routes: Set<String>

    /// A route as records may name it: configured names only.
    func label(of route: Route) -> String {
        let label = route.label
        guard case .mcp(let name) = route, !routes.contains(name) else { return label }
        return "/mcp/?"
    }

    // MARK: Before a caller is known

    func draft(_ failure: AuthenticationFailure, route: Route) -> ResponseDraft {
        var path = "/.well-known/oauth-protected-resource"
        if case .mcp(let name) = route, routes.contains(name) { path += "/mcp/\(name)" }
        if route == .aggregate { path += "/mcp" }
        let text =
            switch failure.httpStatus {
            case 403: "This caller has no role here"
            case 503: "Credentials cannot be checked at the moment"
            default: "A valid access token for this resource is required"
            }
        var draft = plain(failure.httpStatus, text)
        if failure.httpStatus == 401 {
            draft.headers.append(
                (name: "www-authenticate", value: failure.wwwAuthenticate(metadataURL: publicURL + path)))
        }
        return draft
    }

    func draft(_ refusal: Admission.Refusal) -> ResponseDraft {
        switch refusal {
        case .hostNotAllowed: plain(421, "This Host is not served here")
        case .originNotAllowed, .crossSite: plain(403, "Requests of this origin are not accepted")
        case .pathNotPlain: plain(400, "The path has characters that no route has")
        }
    }

    /// An error outside JSON-RPC: no id is known, so the body is an id-less error object.
    func plain(_ status: Int, _ text: String) -> ResponseDraft {
        json(status, Reply.error(id: nil, code: ErrorCode.invalidRequest, message: text))
    }

    func tooMany() -> ResponseDraft { plain(503, "Too many requests are in progress; this one was not sent") }

    func tooManyStreams(_ exchange: Exchange) -> ResponseDraft {
        unavailable(exchange, "Too many streams are open; this one was not opened")
    }

    // MARK: Before a call is known

    func draft(_ refusal: ProtocolRefusal, _ exchange: Exchange) -> ResponseDraft {
        switch refusal {
        case .malformed(let error): return json(error.httpStatus, error.body())
        case .unknownRoute:
            return json(404, Reply.error(id: nil, code: ErrorCode.methodNotFound, message: "Not found"))
        case .methodNotAllowed:
            var draft = plain(405, "Only POST, and GET and DELETE in a session, are served here")
            draft.headers.append((name: "allow", value: "POST, GET, DELETE"))
            return draft
        }
    }

    // MARK: A call that does not run

    func draft(_ refusal: CallRefusal, _ call: ToolCall, _ exchange: Exchange) -> ResponseDraft {
        switch refusal {
        case .policy(.noGrant), .policy(.grantExpired), .policy(.policyHides), .notOffered:
            let id = exchange.message?.id
            let error =
                call.task == nil
                ? ProtocolError.unknown(call.subject, call.spelling, era: exchange.era, id: id)
                : ProtocolError.unknownTask(id: id)
            return json(error.httpStatus, error.body())
        case .headers(let error): return json(error.httpStatus, error.body())
        case .unrecorded:
            return unavailable(exchange, "The audit log cannot record this call, so it was not sent")
        case .approvalPending(let request):
            let text =
                "Not executed. Approval required: ticket \(request.ticket). Repeat the identical call after approval; "
                + "changed arguments need a new approval."
            return denial(refusal, text, remediation: "available", call, exchange)
        case .approvalDenied(let request):
            let text = "Not executed. Approval was refused: ticket \(request.ticket)."
            return denial(refusal, text, remediation: "unavailable", call, exchange)
        case .policy, .lapsed, .approvalNotOpened, .approvalNotUsable, .approvalNotAccepted, .approvalUnavailable:
            let text = "Not executed. Denied by policy: \(refusal.reason)."
            return denial(refusal, text, remediation: "unavailable", call, exchange)
        }
    }

    /// A denial is a normal result that the model can read, with the envelope for programs.
    private func denial(
        _ refusal: CallRefusal, _ text: String, remediation: String, _ call: ToolCall, _ exchange: Exchange
    ) -> ResponseDraft {
        guard let message = exchange.message, let id = message.id else { return plain(500, "Internal error") }
        guard message.method == .callTool else {
            return answer(Reply.error(id: id, code: ErrorCode.invalidParams, message: text), message)
        }
        var end: Int?
        let body = Reply.toolError(to: message, id: id, text: text) { writer in
            writer.key(MetaKey.authorization)
            writer.beginObject()
            writer.member("decision", string: refusal.isPending ? "approval_required" : "deny")
            writer.member("reason", string: refusal.reason)
            writer.member("remediation", string: remediation)
            if let ticket = refusal.ticket { writer.member("ticket", string: ticket) }
            writer.member("call", string: call.id.rawValue)
            writer.endObject()
            end = writer.receipt(of: call.id)
        }
        return answer(body, message, receipt: end)
    }

    private func unavailable(_ exchange: Exchange, _ text: String) -> ResponseDraft {
        let error = ProtocolError.internalError(status: 503, message: text, id: exchange.message?.id)
        return json(503, error.body())
    }

    // MARK: A call that ran, or may have run

    /// The upstream gave no usable answer. The caller must learn whether the tool may have taken effect.
    func failure(
        _ outcome: CallOutcome, _ message: MCPRequest, id: RequestID, intent: IntentReceipt
    ) -> ResponseDraft {
        let text = "The upstream gave no result (\(outcome.wireName)). \(advice(outcome))"
        guard message.method == .callTool else {
            let body = Reply.error(id: id, code: ErrorCode.internalError, message: text) { writer in
                writer.key("data")
                writer.beginObject()
                write(outcome, intent, to: &writer)
                writer.endObject()
            }
            return answer(body, message)
        }
        var end: Int?
        let body = Reply.toolError(to: message, id: id, text: text) { writer in
            write(outcome, intent, to: &writer)
            end = writer.receipt(intent)
        }
        return answer(body, message, receipt: end)
    }

    private func advice(_ outcome: CallOutcome) -> String {
        switch outcome {
        case .eraChanged, .unauthorized: "Nothing ran. It fails until the operator has acted."
        case .notCarried: "Nothing was sent, and the same call will fail again."
        case .ok, .toolError, .inputRequired, .task, .protocolError, .timedOut, .cancelled, .unreachable, .brokenOff,
            .garbage, .tooLarge, .busy, .closed:
            outcome.mayHaveRun
                ? "The tool may have run: check its effect before repeating the call."
                : "Nothing was sent: the call can be repeated."
        }
    }

    private func write(_ outcome: CallOutcome, _ intent: IntentReceipt, to writer: inout JSONWriter) {
        writer.key("martlet.dev/outcome")
        writer.beginObject()
        writer.member("outcome", string: outcome.wireName)
        writer.member("mayHaveRun", bool: outcome.mayHaveRun)
        writer.member("call", string: intent.call.rawValue)
        writer.member("intent", int: Int64(clamping: intent.index))
        writer.endObject()
    }

    /// The upstream asked and waits no longer: what it did before it asked is done.
    func unanswered(_ why: Unanswered, _ call: ToolCall, _ message: MCPRequest) -> ResponseDraft {
        guard let id = message.id else { return plain(500, "Internal error") }
        let text =
            "The upstream asked for input and got no answer (\(why.rawValue)). "
            + "The tool may have run up to its question: check its effect before repeating the call."
        guard message.method == .callTool else {
            return answer(Reply.error(id: id, code: ErrorCode.internalError, message: text), message)
        }
        var end: Int?
        let body = Reply.toolError(to: message, id: id, text: text) { writer in
            writer.key("martlet.dev/outcome")
            writer.beginObject()
            writer.member("outcome", string: why.rawValue)
            writer.member("mayHaveRun", bool: true)
            writer.member("call", string: call.id.rawValue)
            writer.endObject()
            end = writer.receipt(of: call.id)
        }
        return answer(body, message, receipt: end)
    }

    /// A JSON-RPC error of the upstream. Its code is passed on unless it means something between the upstream and us.
    ///
    /// A resource that the upstream does not have is answered in the words of the agent's era, and like one that the
    /// caller may not see. Source: MCP 2026-07-28, Resources, "Error Handling".
    func upstreamError(
        code: Int, _ text: String, _ data: JSONValue?, _ message: MCPRequest, id: RequestID
    ) -> ResponseDraft {
        if message.method == .readResource, let uri = message.params?.member("uri")?.string,
            code == ErrorCode.resourceNotFound || code == ErrorCode.invalidParams && data?.member("uri") != nil
        {
            let error = ProtocolError.resourceNotFound(uri, era: message.era, id: id)
            return json(error.httpStatus, error.body())
        }
        if code == ErrorCode.methodNotFound { return methodNotFound(message) }
        if code == ErrorCode.missingCapability, let draft = missingCapability(data, message, id) { return draft }
        if code == ErrorCode.pagesRequired, message.era == .legacy, let draft = pages(data, text, message, id) {
            return draft
        }
        if code == ErrorCode.invalidParams, let action = message.method.taskAction, action != .answer {
            return json(400, ProtocolError.unknownTask(id: id).body())
        }
        let told = relayed(code, text)
        return answer(Reply.error(id: id, code: told.code, message: told.message), message)
    }

    /// Code and text of an upstream's error as an agent may see them.
    func relayed(_ code: Int, _ text: String) -> (code: Int, message: String) {
        (-32099 ... -32020).contains(code)
            ? (ErrorCode.internalError, "The upstream refused the gateway's request")
            : (code, DisplayText.bounded(text))
    }

    /// The upstream needs what the agent did not declare, and says so; nil when it names nothing of the kind. Of its data
    /// only that is passed on: what the agent declared was declared to the upstream too.
    private func missingCapability(_ data: JSONValue?, _ message: MCPRequest, _ id: RequestID) -> ResponseDraft? {
        let required = AgentCapabilities(data?.member("requiredCapabilities"))
        guard message.era == .modern else {
            guard message.method == .callTool else { return nil }
            let text = "The upstream needs what this client cannot do: \(required.names.joined(separator: ", "))"
            return answer(Reply.toolError(to: message, id: id, text: text), message)
        }
        guard let missing = required.missing(from: AgentCapabilities(message.clientCapabilities)) else { return nil }
        return json(400, Reply.missingCapability(id: id, missing))
    }

    /// -32042 for an agent of the era that has it; nil when its pages cannot be shown to anybody.
    private func pages(
        _ data: JSONValue?, _ text: String, _ message: MCPRequest, _ id: RequestID
    ) -> ResponseDraft? {
        do throws(CallResult.Defect) {
            let asked = try InputRequired(pages: data)
            return answer(Reply.pagesRequired(id: id, asked, text: DisplayText.bounded(text)), message)
        } catch {
            return nil
        }
    }

    func withheld(_ exchange: Exchange, intent: IntentReceipt) -> ResponseDraft {
        unavailable(
            exchange, "The call \(intent.call) was sent, but its outcome could not be recorded. Check its effect.")
    }

    /// The upstream has nothing of the kind: for the agent, the method does not exist on this route.
    func methodNotFound(_ message: MCPRequest) -> ResponseDraft {
        let error = ProtocolError.methodNotFound(message.method.rawValue, era: message.era, id: message.id)
        return json(error.httpStatus, error.body())
    }

    /// A list needs the upstream, and it did not answer.
    func listUnavailable(_ exchange: Exchange) -> ResponseDraft {
        unavailable(exchange, "The upstream does not answer; it cannot be asked for a list now")
    }

    func notRecorded(_ exchange: Exchange) -> ResponseDraft {
        unavailable(exchange, "The audit log cannot record this request, so it is not answered")
    }

    // MARK: Proofs

    func proof(_ text: String) -> ResponseDraft { proof(Array(text.utf8), "text/plain; charset=utf-8") }

    /// Source: RFC 9052, section 10.2, for the type.
    func receipt(_ bytes: [UInt8]) -> ResponseDraft { proof(bytes, "application/cose; cose-type=\"cose-sign1\"") }

    private func proof(_ bytes: [UInt8], _ type: String) -> ResponseDraft {
        ResponseDraft(
            status: 200,
            headers: [
                (name: "content-type", value: type), (name: "cache-control", value: "no-store"),
                (name: "vary", value: "accept"),
            ],
            body: bytes)
    }

    /// The next checkpoint covers what was recorded until now.
    func notCovered() -> ResponseDraft {
        var draft = plain(404, "The newest checkpoint does not cover this record")
        draft.headers.append((name: "retry-after", value: "1"))
        return draft
    }

    func noProof() -> ResponseDraft { plain(503, "Proofs cannot be made at the moment") }

    // MARK: Forms

    func json(_ status: Int, _ body: [UInt8]) -> ResponseDraft {
        ResponseDraft(status: status, headers: Self.jsonHeaders, body: body)
    }

    /// A reply with HTTP 200, as JSON, or as one event for a client that takes nothing else; `receipt` is where its
    /// receipt ends.
    func answer(_ body: [UInt8], _ message: MCPRequest, receipt: Int? = nil) -> ResponseDraft {
        guard !message.acceptsJSON else {
            return ResponseDraft(status: 200, headers: Self.jsonHeaders, body: body, receipt: receipt)
        }
        return ResponseDraft(
            status: 200, headers: Self.eventHeaders, body: ServerSentEvent.encode(body),
            receipt: receipt.map { $0 + ServerSentEvent.head.count })
    }

    private static let jsonHeaders = [
        (name: "content-type", value: "application/json"), (name: "cache-control", value: "no-store"),
    ]
    private static let eventHeaders = [
        (name: "content-type", value: "text/event-stream"), (name: "cache-control", value: "no-store, no-transform"),
        (name: "x-accel-buffering", value: "no"),
    ]
}

extension CallRefusal {
    var isPending: Bool {
        if case .approvalPending = self { true } else { false }
    }
}
