import MartletJSON

/// How much of an upstream's log an agent wants to hear. Source: RFC 5424, section 6.2.1; MCP 2025-11-25, Logging.
package enum LogLevel: String, Hashable, Sendable, CaseIterable {
    case debug, info, notice, warning, error, critical, alert, emergency
}

extension MCPRequest {
    /// The level of `logging/setLevel`.
    package func logLevel() throws(ProtocolError) -> LogLevel {
        guard let text = params?.member("level")?.string,
            let level = LogLevel.allCases.first(where: { $0.rawValue.hasSameBytes(as: text) })
        else { throw .invalidParams("params.level must be a log level", era: era, id: id) }
        return level
    }
}
