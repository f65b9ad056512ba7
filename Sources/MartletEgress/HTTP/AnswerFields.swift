import NIOHTTP1

/// The fields of an answer's head that mean something to us, read in one pass.
struct AnswerFields {
    private(set) var isEncoded = false
    private(set) var length: Int?
    private var contentTypes: [String] = []
    private var sessionIDs: [String] = []

    init(_ headers: HTTPHeaders) {
        for (name, value) in headers {
            switch name.utf8.count {
            case 12 where name.isField("content-type"): contentTypes.append(value)
            case 14 where name.isField("content-length"): length = length ?? Int(value)
            case 14 where name.isField("mcp-session-id"): sessionIDs.append(value)
            case 16 where name.isField("content-encoding"): isEncoded = isEncoded || !value.isField("identity")
            default: continue
            }
        }
    }

    var isJSON: Bool { isMediaType("application/json") }
    var isEventStream: Bool { isMediaType("text/event-stream") }

    /// 1 to 256 visible ASCII bytes. Source: MCP 2025-11-25, Transports, "Session Management".
    var sessionID: String? {
        guard sessionIDs.count == 1, let value = sessionIDs.first, (1...256).contains(value.utf8.count),
            value.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return value
    }

    /// Without parameters; false unless there is exactly one `Content-Type`.
    private func isMediaType(_ type: StaticString) -> Bool {
        guard contentTypes.count == 1, let value = contentTypes.first else { return false }
        if value.isField(type) { return true }
        return String(decoding: value.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }, as: UTF8.self)
            .isField(type)
    }
}

extension String {
    /// Whether the text is `lowercase`, without regard to the case of ASCII letters.
    fileprivate func isField(_ lowercase: StaticString) -> Bool {
        let text = utf8.span
        guard text.count == lowercase.utf8CodeUnitCount else { return false }
        return lowercase.withUTF8Buffer { wanted in
            for index in text.indices {
                let byte = text[index]
                let lowered = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
                guard lowered == wanted[index] else { return false }
            }
            return true
        }
    }
}
