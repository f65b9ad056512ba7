package import MartletJSON

/// What an upstream says about one call before its answer: progress, or a line of its log.
///
/// Nothing else of what a stream carries is ever handed on. Source: MCP 2026-07-28 and 2025-11-25, Progress, Logging.
package struct UpstreamNotice: Sendable {
    package enum Kind: Hashable, Sendable {
        case progress
        case log(LogLevel)
    }

    package let kind: Kind
    private let params: JSONValue

    /// Reads a notification on the stream of our call `number`; nil for whatever does not belong to exactly that call.
    ///
    /// Progress names the call by the token we sent, which is its number. A log line names none: only a caller of this
    /// that knows the stream to be the call's own may use one.
    package init?(method: String, params: JSONValue?, ofCall number: Int64) {
        guard let params, Lookalikes.find(in: params, of: Self.members) == nil else { return nil }
        if let meta = params.member("_meta"), meta.kind != .object { return nil }
        switch method {
        case "notifications/progress" where Self.isProgress(params, number): kind = .progress
        case "notifications/message":
            guard let level = params.member("level")?.string.flatMap(LogLevel.init(exactly:)),
                params.member("data") != nil
            else { return nil }
            kind = .log(level)
        default: return nil
        }
        self.params = params
    }

    private static let members = ["progressToken", "progress", "total", "message", "level", "logger", "data", "_meta"]

    private static func isProgress(_ params: JSONValue, _ number: Int64) -> Bool {
        guard params.member("progressToken")?.integer == number else { return false }
        return params.member("progress")?.kind == .number && params.member("total").map { $0.kind == .number } ?? true
    }

    /// The notification for the caller, who calls the work `token`; nil for progress that it did not ask for.
    package func message(token: RequestID?) -> [UInt8]? {
        if kind == .progress, token == nil { return nil }
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("jsonrpc", string: "2.0")
        writer.member("method", string: kind == .progress ? "notifications/progress" : "notifications/message")
        writer.key("params")
        writer.beginObject()
        writer.members(of: params, except: ["progressToken", "_meta"])
        if let meta = params.member("_meta") {
            writer.key("_meta")
            writeMeta(meta, to: &writer)
        }
        if kind == .progress, let token {
            writer.key(MetaKey.progressToken)
            token.write(to: &writer)
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// An upstream may not speak as the gateway, here as little as in a result.
    private func writeMeta(_ meta: JSONValue, to writer: inout JSONWriter) {
        writer.beginObject()
        for (key, value) in meta.members where !MetaKey.reserved.contains(where: { key.hasHeaderPrefix($0) }) {
            writer.key(key)
            writer.value(value)
        }
        writer.endObject()
    }
}

extension LogLevel {
    /// The level with exactly these bytes.
    package init?(exactly text: String) {
        guard let level = Self.allCases.first(where: { $0.rawValue.hasSameBytes(as: text) }) else { return nil }
        self = level
    }

    /// Whether a line of this level is to be told to somebody who asked for `threshold`.
    package func reaches(_ threshold: LogLevel) -> Bool { severity >= threshold.severity }

    private var severity: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension MCPRequest {
    /// What a modern request says it wants to hear of the upstream's log; without it, nothing.
    /// Source: MCP 2026-07-28, Logging.
    package var statedLogLevel: LogLevel? {
        guard era == .modern else { return nil }
        return meta?.member(MetaKey.logLevel)?.string.flatMap(LogLevel.init(exactly:))
    }
}
