/// The route under examination: `http://host[:port]/path`.
struct Target: Hashable, Sendable {
    let host: String
    let port: Int
    let path: String
    let url: String

    /// Plain HTTP only: the suite sends what no TLS or HTTP library would let it send. Nil for anything else.
    init?(_ url: String) {
        let scheme = "http://"
        guard url.hasPrefix(scheme), !url.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "?") }) else {
            return nil
        }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        guard let (host, port) = Self.split(authority) else { return nil }
        self.host = host
        self.port = port
        let path = rest.dropFirst(authority.count)
        self.path = path.isEmpty ? "/" : String(path)
        self.url = url
    }

    /// As the `Host` header says it.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == 80 ? name : "\(name):\(port)"
    }

    /// RFC 9728, section 3.1: the well-known part goes between host and path.
    var metadataPath: String { Self.wellKnown + (path == "/" ? "" : path) }
    static let wellKnown = "/.well-known/oauth-protected-resource"

    private static func split(_ authority: Substring) -> (String, Int)? {
        var host = authority
        var port = 80
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
                return nil
            }
            port = number
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return host.isEmpty ? nil : (String(host), port)
    }
}
