/// What is refused before anybody asks who is calling.
extension IntermediaryCheck {
    static let admission: [IntermediaryCheck] = [
        refusing("host-foreign", "a Host that is not the gateway's (DNS rebinding)", of: { $0.list() }) {
            $0.set("Host", "evil.example")
        },
        refusing("origin-foreign", "an Origin that is not allowed", .refused(403), of: { $0.list() }) {
            $0.set("Origin", "https://evil.example")
        },
        refusing("origin-null", "the Origin null of sandboxed pages", .refused(403), of: { $0.list() }) {
            $0.set("Origin", "null")
        },
        refusing("content-type", "a body that does not say it is JSON (simple cross-site request)", of: { $0.list() }) {
            $0.set("Content-Type", "text/plain")
        },
        refusing("accept", "a caller that takes neither JSON nor events", of: { $0.list() }) {
            $0.set("Accept", "image/png")
        },
    ]

    /// HTTP that two parsers could read differently.
    static let framing: [IntermediaryCheck] = [
        refusing("two-framings", "Content-Length and Transfer-Encoding at once", .refusedOrClosed, of: { $0.list() }) {
            $0.set("Transfer-Encoding", "chunked")
        },
        refusing("two-lengths", "two different Content-Length", .refusedOrClosed, of: { $0.list() }) {
            $0.add("Content-Length", "1")
        },
        refusing("two-hosts", "two Host headers", .refusedOrClosed, of: { $0.list() }) {
            $0.add("Host", "127.0.0.1")
            $0.add("Host", "evil.example")
        },
        refusing("space-in-field-name", "a space before a header's colon", .refusedOrClosed, of: { $0.list() }) {
            $0.add("X-Probe ", "1")
        },
        refusing("foreign-absolute-form", "a request line that names another host", .refusedOrClosed, of: { $0.list() })
        { $0.path = "http://evil.example/mcp" },
        refusing("oversized-body", "a body of 1 GB, said before it is sent", .refusedOrClosed, of: { $0.list() }) {
            $0.statedLength = "1073741824"
        },
        refusing("oversized-headers", "1 MB of headers", .refusedOrClosed, of: { $0.list() }) {
            $0.add("X-Probe", String(repeating: "x", count: 1 << 20))
        },
    ]
}
