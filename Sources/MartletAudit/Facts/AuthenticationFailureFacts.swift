/// What is recorded about a request without a valid credential.
package struct AuthenticationFailureFacts: Hashable, Sendable {
    /// The wire code, e.g. `AuthenticationFailure` as a word.
    package var reason: String
    /// The address of the peer, without its port.
    package var source: String
    /// The configured route, or a fixed word for unknown paths: never the raw path, which a stranger chooses.
    package var route: String
    /// The HTTP method.
    package var method: String

    package init(reason: String, source: String, route: String, method: String) {
        self.reason = reason
        self.source = source
        self.route = route
        self.method = method
    }
}
