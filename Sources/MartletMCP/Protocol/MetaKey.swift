import MartletJSON

/// Reserved names in `_meta`. Source: MCP 2026-07-28, Base Protocol, "_meta"; SEP-2817 for `aiInvocation`.
package enum MetaKey {
    package static let protocolVersion: StaticString = "io.modelcontextprotocol/protocolVersion"
    package static let clientInfo: StaticString = "io.modelcontextprotocol/clientInfo"
    package static let clientCapabilities: StaticString = "io.modelcontextprotocol/clientCapabilities"
    package static let serverInfo: StaticString = "io.modelcontextprotocol/serverInfo"
    package static let invocation: StaticString = "io.modelcontextprotocol/aiInvocation"
    package static let codexTurn: StaticString = "x-codex-turn-metadata"
    package static let traceparent: StaticString = "traceparent"
    package static let progressToken: StaticString = "progressToken"
    /// Names the stream of a `subscriptions/listen` in each of its messages.
    package static let subscriptionID: StaticString = "io.modelcontextprotocol/subscriptionId"
    package static let logLevel: StaticString = "io.modelcontextprotocol/logLevel"
    /// The extension, among `extensions` of capabilities.
    package static let tasks: StaticString = "io.modelcontextprotocol/tasks"
    /// The envelope of a denial: what was decided, and what may be done about it.
    package static let authorization: StaticString = "martlet.dev/authorization"
    /// Names the call and its intent in the audit log.
    package static let receipt: StaticString = "martlet.dev/receipt"

    /// Names the upstreams that are missing from a list of the aggregated route.
    package static let degraded: StaticString = "martlet.dev/degraded"

    /// Names that only a gateway may set; they are removed from what an upstream sends.
    static let reserved = ["martlet.dev/", "io.modelcontextprotocol/"]
}

extension JSONWriter {
    mutating func member(_ key: StaticString, string text: String) {
        self.key(key)
        string(text)
    }

    mutating func member(_ key: StaticString, int value: Int64) {
        self.key(key)
        number(value)
    }
}
