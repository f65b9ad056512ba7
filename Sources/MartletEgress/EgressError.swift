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

extension EgressError: CustomStringConvertible {
    /// One sentence with what to do.
    package var description: String {
        switch self {
        case .badURL(let text):
            "\"\(text)\" is no address of a server; write https://host[:port]/path, or http:// on this machine, without "
                + "user name and fragment"
        case .credentialOverPlainHTTP(let host):
            "the credential would travel unencrypted to \(host); write an https:// address"
        case .badCredentialHeader(let name):
            "\"\(name)\" is no header that can carry a credential; write for example Authorization"
        case .badCredentialValue:
            "the credential is empty or has bytes that cannot stand in a header; store the secret alone, as one line"
        case .badTLS(let source):
            "the certificate authorities in \(source) do not load; give a PEM file with at least one certificate"
        case .commandNotFound(let name): "no program \"\(name)\"; write its full path, or put it on PATH"
        case .badCommand(let reason): "the command cannot be used: \(reason)"
        }
    }
}
