import MartletCore
import MartletMCP

extension ToolCall {
    /// What a call of a session-era agent subscribes to, or no longer does; nil for every other call.
    var subscription: (method: Method, uri: ResourceURI)? {
        guard case .resource(let uri) = subject, let method = Method(rawValue: method),
            method == .subscribe || method == .unsubscribe
        else { return nil }
        return (method, uri)
    }
}
