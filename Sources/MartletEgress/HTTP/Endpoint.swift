/// An `http` or `https` URL, taken apart strictly. What cannot be read the same way by everybody is refused.
///
/// No user name, no fragment, no percent-encoded host, no shortened or octal IPv4 form. Source: RFC 3986, section 3.
package struct Endpoint: Hashable, Sendable {
    package let isEncrypted: Bool
    /// Lower case, without the brackets of an IPv6 literal.
    package let host: String
    package let port: Int
    /// Path and query, at least `/`.
    package let target: String

    package init(_ text: String) throws(EgressError) {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !text.contains("#"),
            !text.contains("\\")
        else { throw .badURL(text) }
        let rest: Substring
        if text.hasPrefix("https://") {
            (isEncrypted, rest) = (true, text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (isEncrypted, rest) = (false, text.dropFirst(7))
        } else {
            throw .badURL(text)
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let (host, port) = Self.split(authority) else { throw .badURL(text) }
        self.host = host
        self.port = port ?? (isEncrypted ? 443 : 80)
        let path = rest.dropFirst(authority.count)
        target = path.first == "/" ? String(path) : "/" + path
    }

    /// The `Host` header. Source: RFC 9110, section 7.2.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isEncrypted ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// Whether the URL itself names this machine: `localhost`, 127.0.0.0/8 or `::1`. Nothing is resolved.
    package var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        return IPAddress(host)?.isLoopback ?? false
    }

    private static func split(_ authority: Substring) -> (String, Int?)? {
        guard !authority.contains("@") else { return nil }
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let literal = String(authority[authority.index(after: authority.startIndex)..<end])
            guard literal.contains(":"), IPAddress(literal) != nil else { return nil }
            return finish(literal, authority[authority.index(after: end)...])
        }
        let name = authority.prefix { $0 != ":" }
        let host = name.lowercased()
        guard isHostName(host) || IPAddress(host) != nil else { return nil }
        return finish(host, authority.dropFirst(name.count))
    }

    private static func finish(_ host: String, _ suffix: Substring) -> (String, Int?)? {
        if suffix.isEmpty { return (host.lowercased(), nil) }
        let digits = suffix.dropFirst()
        guard suffix.first == ":", (1...5).contains(digits.utf8.count), digits.allSatisfy(\.isNumber),
            let port = Int(digits), (1...65_535).contains(port)
        else { return nil }
        return (host.lowercased(), port)
    }

    /// Letters, digits, `-`, `_` and dots; the last label is not a number, so that `127.1` is no name.
    private static func isHostName(_ host: String) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, let last = labels.last, !last.allSatisfy(\.isNumber), !last.hasPrefix("0x")
        else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }
}
