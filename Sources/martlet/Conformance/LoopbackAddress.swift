/// `ADDRESS:PORT` of a listener that nobody outside this machine can reach.
struct LoopbackAddress: Hashable, Sendable {
    let host: String
    /// 0 takes any free port.
    let port: Int

    /// Reads `127.0.0.1:8441`, `localhost:8441` or `[::1]:8441`; nil for anything beyond loopback.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        switch text[..<colon] {
        case "127.0.0.1", "localhost": host = "127.0.0.1"
        case "[::1]": host = "::1"
        default: return nil
        }
        self.port = port
    }

    var url: String { host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)" }
}
