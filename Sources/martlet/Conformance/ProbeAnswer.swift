import MartletJSON

/// What came back for one probe.
enum ProbeOutcome: Sendable {
    case answer(ProbeAnswer)
    /// The connection ended without an answer.
    case closed
    /// Nothing came in time.
    case silent
    case unreachable(String)
}

/// An HTTP answer, its body decoded from chunks.
struct ProbeAnswer: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The JSON-RPC response: the body, or the last event of a stream that is one.
    var message: JSONValue? {
        guard header("content-type")?.hasPrefix("text/event-stream") == true else { return Self.parse(body) }
        var last: JSONValue?
        for line in String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline)
        where line.hasPrefix("data:") {
            guard let message = Self.parse(Array(line.dropFirst(5).utf8)), message.member("method") == nil else {
                continue
            }
            last = message
        }
        return last
    }

    var result: JSONValue? { message?.member("result") }
    var errorCode: Int64? { message?.member("error")?.member("code")?.integer }

    private static func parse(_ bytes: [UInt8]) -> JSONValue? {
        do { return try JSONValue.parse(bytes, limits: .response) } catch { return nil }
    }

    /// Reads an answer whose connection has ended, or that took too long to end; nil when it is no HTTP.
    init?(_ bytes: [UInt8]) {
        guard let end = Self.endOfHead(bytes) else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, first.hasPrefix("HTTP/1."),
            let status = first.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        self.status = status
        headers = lines.dropFirst().compactMap { line in
            line.firstIndex(of: ":").map { colon in
                (line[..<colon].lowercased(), String(line[line.index(after: colon)...].drop { $0 == " " }))
            }
        }
        let rest = Array(bytes[(end + 4)...])
        let isChunked = headers.contains { $0.name == "transfer-encoding" && $0.value.lowercased() == "chunked" }
        body = isChunked ? Self.dechunked(rest) : rest
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let mark: [UInt8] = [13, 10, 13, 10]
        return bytes.indices.first { bytes[$0...].starts(with: mark) }
    }

    private static func dechunked(_ bytes: [UInt8]) -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let line = rest.firstIndex(of: 13) {
            let size = String(decoding: rest[..<line], as: UTF8.self).prefix { $0 != ";" }
            guard let count = Int(size, radix: 16), count > 0, line + 2 <= rest.endIndex else { break }
            let chunk = rest[(line + 2)...].prefix(count)
            body += chunk
            rest = rest[(line + 2)...].dropFirst(count + 2)
        }
        return body
    }
}
