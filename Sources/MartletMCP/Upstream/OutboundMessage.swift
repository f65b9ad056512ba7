/// One message to an upstream. Over HTTP the headers go with it; over stdio the body alone, followed by a line feed.
package struct OutboundMessage: Sendable {
    package let body: [UInt8]
    /// Everything MCP asks for; the credential is not here and is added by whoever holds it.
    package let headers: [(name: String, value: String)]

    package init(body: [UInt8], headers: [(name: String, value: String)]) {
        self.body = body
        self.headers = headers
    }
}

/// In which words to talk to one upstream: the version, the session when there is one, and who we say we are.
package struct UpstreamDialect: Sendable {
    package let version: ProtocolVersion
    /// Legacy over HTTP only, as the upstream's answer to `initialize` gave it.
    package var sessionID: String?
    package let client: Implementation

    package init(version: ProtocolVersion, client: Implementation, sessionID: String? = nil) {
        self.version = version
        self.client = client
        self.sessionID = sessionID
    }
}
