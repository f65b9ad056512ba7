/// One request, byte for byte: it may be as wrong as a check wants it to be.
struct ProbeRequest: Sendable {
    var verb = "POST"
    /// Nil: the target's own path.
    var path: String?
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// What the framing says; nil: the truth.
    var statedLength: String?

    /// Replaces every header of that name, or removes it.
    mutating func set(_ name: String, _ value: String?) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
        if let value { headers.append((name, value)) }
    }

    mutating func add(_ name: String, _ value: String) { headers.append((name, value)) }

    func bytes(for target: Target) -> [UInt8] {
        var head = "\(verb) \(path ?? target.path) HTTP/1.1\r\n"
        if !headers.contains(where: { $0.name.lowercased() == "host" }) { head += "Host: \(target.authority)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        head += "Connection: close\r\n"
        let length = statedLength ?? (verb == "POST" ? String(body.count) : nil)
        if let length { head += "Content-Length: \(length)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }
}
