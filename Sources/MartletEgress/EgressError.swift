/// Why an upstream or a key source cannot be built from what the operator wrote. Reported at start, never at a call.
package enum EgressError: Error, Hashable, Sendable {
    /// Not `http://host[:port]/path` or `https://…`; user names, fragments and control characters are refused.
    case badURL(String)
    /// The credential would travel unencrypted beyond this machine.
    case credentialOverPlainHTTP(host: String)
    /// The name is no HTTP field name, or one that the gateway sets itself.
    case badCredentialHeader(String)
    /// The secret is empty or has bytes that cannot stand in an HTTP field.
    case badCredentialValue
    /// The trust roots or the TLS settings do not load.
    case badTLS(String)
    /// No executable file of that name.
    case commandNotFound(String)
    /// A command, argument or environment entry with a NUL byte, an empty command, or a variable name with `=`.
    case badCommand(String)
}
