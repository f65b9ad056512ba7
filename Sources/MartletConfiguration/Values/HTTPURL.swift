import Glibc

/// An absolute `http` or `https` URL without user information, query and fragment. Source: RFC 3986, section 3.
package struct HTTPURL: Hashable, Sendable, CustomStringConvertible {
    package let isSecure: Bool
    /// Lower case; an IPv6 address without its brackets.
    package let host: String
    package let port: Int?
    /// Empty, or beginning with a slash; never ending with one.
    package let path: String

    package init?(_ text: String) {
        let scheme = text.hasPrefix("https://") ? "https://" : "http://"
        guard text.hasPrefix(scheme), text.utf8.count <= 2048, text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        guard let (host, port) = Self.split(authority) else { return nil }
        isSecure = scheme == "https://"
        self.host = host.lowercased()
        self.port = port
        var path = rest.dropFirst(authority.count)
        while path.hasSuffix("/") { path.removeLast() }
        self.path = String(path)
    }

    package var isLoopback: Bool { Self.isLoopback(host) }

    /// `host` or `host:port`, as a `Host` header says it.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port.map { "\(name):\($0)" } ?? name
    }

    package var text: String { "\(isSecure ? "https" : "http")://\(authority)\(path)" }
    package var description: String { text }

    /// Whether `host` is 127.0.0.0/8, ::1 or `localhost`. Any other name counts as remote, whatever it resolves to.
    package static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" { return true }
        if let bytes = ipv4(host) { return bytes[0] == 127 }
        return ipv6(host) == [UInt8](repeating: 0, count: 15) + [1]
    }

    /// Whether `host` is an IP address in its usual spelling.
    package static func isAddress(_ host: String) -> Bool { ipv4(host) != nil || ipv6(host) != nil }

    private static func ipv4(_ text: String) -> [UInt8]? { bytes(of: text, family: AF_INET, count: 4) }
    private static func ipv6(_ text: String) -> [UInt8]? { bytes(of: text, family: AF_INET6, count: 16) }

    private static func bytes(of text: String, family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    /// Visible ASCII without what would begin a query, a fragment or user information, or break a header.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !#"?#@"\<>^`{|}*"#.utf8.contains(byte)
    }

    private static func split(_ authority: Substring) -> (host: String, port: Int?)? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let host = String(authority[authority.index(after: authority.startIndex)..<end])
            let rest = authority[authority.index(after: end)...]
            guard ipv6(host) != nil, rest.isEmpty || rest.hasPrefix(":") else { return nil }
            return rest.isEmpty ? (host, nil) : port(rest.dropFirst()).map { (host, $0) }
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2, host.utf8.allSatisfy(isHostByte) else {
            return nil
        }
        return parts.count == 1 ? (String(host), nil) : port(parts[1]).map { (String(host), $0) }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func port(_ text: Substring) -> Int? {
        guard text.utf8.count <= 5, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = Int(text), (1...65_535).contains(port)
        else { return nil }
        return port
    }
}
