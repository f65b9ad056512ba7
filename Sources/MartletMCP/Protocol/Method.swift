/// The methods this release answers; raw values are the wire names. Everything else is "method not found".
package enum Method: String, Hashable, Sendable, CaseIterable {
    case discover = "server/discover"
    case initialize = "initialize"
    case initialized = "notifications/initialized"
    case ping = "ping"
    case listTools = "tools/list"
    case callTool = "tools/call"
    case cancelled = "notifications/cancelled"

    /// Whether the method exists in `era`: removed methods are refused in the modern era although legacy agents get them.
    package func exists(in era: ProtocolEra) -> Bool {
        switch self {
        case .discover: era == .modern
        case .initialize, .initialized, .ping: era == .legacy
        case .listTools, .callTool, .cancelled: true
        }
    }

    /// Whether messages of this method carry no id and get no reply.
    package var isNotification: Bool {
        switch self {
        case .initialized, .cancelled: true
        case .discover, .initialize, .ping, .listTools, .callTool: false
        }
    }

    /// The parameter that `Mcp-Name` must repeat.
    var nameParameter: StaticString? {
        switch self {
        case .callTool: "name"
        case .discover, .initialize, .initialized, .ping, .listTools, .cancelled: nil
        }
    }
}
