package import MartletCore
package import MartletJSON
package import MartletMCP

/// One legacy-era session: the state between `initialize` and DELETE. It authenticates nobody.
///
/// Source: MCP 2025-11-25, Transports, "Session Management"; Security Best Practices, "Session Hijacking".
package struct Session: Sendable {
    package let id: String
    package let owner: Principal
    /// Where it was opened; it is unknown on every other route.
    package let route: Route
    package let version: ProtocolVersion
    /// What the agent declared in `initialize` that it can be asked, in our own bytes; nil when that is nothing.
    package let capabilities: JSONValue?
    package var lastUsed: UnixTime
    /// What the agent asked to hear of logs with `logging/setLevel`; nil before it asked.
    package var logLevel: LogLevel?
    /// What the agent subscribed to with `resources/subscribe`, by upstream.
    package var subscriptions: [UpstreamID: Set<ResourceURI>] = [:]
    /// Standing streams that are open in it: a session that listens is in use.
    package var streams = 0
}
