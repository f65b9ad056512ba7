/// The methods of MCP an agent may use towards the gateway; raw values are the wire names. Everything else is "method
/// not found". What is true of each stands in `MethodTable.swift`.
///
/// The order is that of frequency: a body's method is looked up from the top.
package enum Method: String, Hashable, Sendable, CaseIterable {
    case callTool = "tools/call"
    case listTools = "tools/list"
    case readResource = "resources/read"
    case getPrompt = "prompts/get"
    case complete = "completion/complete"
    case listResources = "resources/list"
    case listResourceTemplates = "resources/templates/list"
    case listPrompts = "prompts/list"
    case subscribe = "resources/subscribe"
    case unsubscribe = "resources/unsubscribe"
    case setLevel = "logging/setLevel"
    case ping = "ping"
    case initialize = "initialize"
    case discover = "server/discover"
    case listen = "subscriptions/listen"
    case getTask = "tasks/get"
    case updateTask = "tasks/update"
    case cancelTask = "tasks/cancel"
    case initialized = "notifications/initialized"
    case cancelled = "notifications/cancelled"
    case progress = "notifications/progress"
    case rootsListChanged = "notifications/roots/list_changed"
}
