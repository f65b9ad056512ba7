import MartletJSON

/// The MCP server of the demo ERP: lines in, lines out, no input or output of its own.
///
/// The era is read off each request: with `_meta["io.modelcontextprotocol/protocolVersion"]` it is modern.
/// Source: MCP 2026-07-28, Basic Protocol, "Versioning"; MCP 2025-11-25, Lifecycle.
struct ERPServer {
    private var books: ERPBooks
    private var reports: [ERPReport] = []

    init(books: ERPBooks) {
        self.books = books
    }

    /// When `overdue(at:)` should be called next, in milliseconds of the caller's clock.
    var nextDeadline: Int64? { reports.map(\.nextEvent).min() }

    /// The lines to write in answer to one line; none for notifications.
    mutating func receive(_ line: [UInt8], at now: Int64) -> [UInt8] {
        let message: JSONValue
        do {
            message = try JSONValue.parse(line)
        } catch {
            return ERPReply.error(nil, -32700, "Parse error: \(error.reason)")
        }
        guard message.kind == .object, message["jsonrpc"]?.string == "2.0" else {
            return ERPReply.error(nil, -32600, "Invalid Request")
        }
        // Without a method it is an answer, and this server never asks.
        guard let method = message["method"]?.string else { return [] }
        let params = message["params"] ?? .emptyObject
        guard let id = message["id"] else { return notified(method, params) }
        guard id.kind == .string || id.kind == .number, params.kind == .object else {
            return ERPReply.error(nil, -32600, "Invalid Request")
        }
        return answer(ERPRequest(id: id, params: params), method, at: now)
    }

    /// The results and progress notifications that are due at `now`.
    mutating func overdue(at now: Int64) -> [UInt8] {
        var lines: [UInt8] = []
        for index in reports.indices { lines += reports[index].advance(to: now) }
        reports.removeAll { $0.end <= now }
        return lines
    }

    private mutating func notified(_ method: String, _ params: JSONValue) -> [UInt8] {
        if method == "notifications/cancelled", let id = params["requestId"]?.serialized() {
            reports.removeAll { $0.request.id.serialized() == id }
        }
        return []
    }

    private mutating func answer(_ request: ERPRequest, _ method: String, at now: Int64) -> [UInt8] {
        if let asked = request.version, asked != ERPReply.modernVersion {
            return ERPReply.unsupportedVersion(request.id, asked)
        }
        switch method {
        case "server/discover":
            guard request.isModern else { return ERPReply.error(request.id, -32602, "_meta is missing") }
            return ERPReply.discovery(request)
        case "initialize" where !request.isModern: return ERPReply.initialization(request)
        case "ping" where !request.isModern: return ERPReply.result(request) { _ in }
        case "tools/list": return ERPReply.tools(request)
        case "tools/call": return call(request, at: now)
        default: return ERPReply.error(request.id, -32601, "Method not found")
        }
    }

    private mutating func call(_ request: ERPRequest, at now: Int64) -> [UInt8] {
        let name = request.params["name"]?.string ?? ""
        guard let tool = ERPTool(rawValue: name) else {
            return ERPReply.error(request.id, -32602, "Unknown tool: \(name)")
        }
        let arguments = request.params["arguments"] ?? .emptyObject
        if let fault = tool.fault(in: arguments) { return ERPReply.failure(request, "Invalid arguments: \(fault).") }
        switch books.run(tool, arguments, trace: request.traceparent) {
        case .done(let result): return ERPReply.success(request, result)
        case .failed(let why): return ERPReply.failure(request, why)
        case .later(let wait):
            guard reports.count < 1024 else { return ERPReply.failure(request, "Too many reports wait.") }
            reports.append(ERPReport(request, start: now, milliseconds: wait))
            return overdue(at: now)
        }
    }
}

/// A report that is being waited for.
struct ERPReport {
    let request: ERPRequest
    let end: Int64
    private let start: Int64
    private var told: Int64 = -1

    init(_ request: ERPRequest, start: Int64, milliseconds: Int64) {
        self.request = request
        self.start = start
        end = start + milliseconds
    }

    var nextEvent: Int64 {
        request.progressToken == nil ? end : min(end, start + (told + 1) * 1000)
    }

    /// Progress for each second begun, when the caller asked for it, and the result at the end.
    mutating func advance(to now: Int64) -> [UInt8] {
        var lines: [UInt8] = []
        while let token = request.progressToken, start + (told + 1) * 1000 <= min(now, end - 1) {
            told += 1
            lines += ERPReply.progress(token, told, of: (end - start) / 1000)
        }
        guard end <= now else { return lines }
        var result = JSONWriter()
        result.beginObject()
        result.member("report", string: "Payables are in order.")
        result.member("milliseconds", int: end - start)
        result.endObject()
        return lines + ERPReply.success(request, result.bytes)
    }
}
