import MartletJSON
import MartletMCP

/// The headers we derive from arguments pass our own check; with one of them changed or gone they do not.
struct ParameterProperties {
    let annotations: ParameterHeaders
    let arguments: JSONValue?

    func check() throws(Violation) {
        let fields = annotations.fields(for: arguments)
        // More than the listener takes: such a request is refused before its parameters are looked at.
        guard fields.count <= 64 else { return }
        for field in fields { try require(Self.isToken(field.name), "no field name: \(field.name)") }
        try require(passes(fields), "the headers of these arguments do not agree with them")
        for index in fields.indices {
            var changed = fields
            changed[index].value += "x"
            try require(!passes(changed), "a changed header passes: \(changed[index])")
            changed.remove(at: index)
            try require(!passes(changed), "a missing header passes: \(fields[index])")
        }
    }

    /// Sends the arguments through the parser with these fields, as an agent would.
    private func passes(_ fields: [(name: String, value: String)]) -> Bool {
        let common = [
            (name: "content-type", value: "application/json"), (name: "mcp-protocol-version", value: "2026-07-28"),
            (name: "mcp-method", value: "tools/call"), (name: "mcp-name", value: "t"),
        ]
        do throws(ProtocolError) {
            let headers = RequestHeaders(common + fields)
            let request = try RequestParser(limits: .response).parse(headers: headers, body: body)
            try annotations.check(request, arguments: request.params?.member("arguments"))
            return true
        } catch {
            return false
        }
    }

    private var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("jsonrpc", string: "2.0")
        writer.member("id", int: 1)
        writer.member("method", string: "tools/call")
        writer.key("params")
        writer.beginObject()
        writer.member("name", string: "t")
        if let arguments { writer.member("arguments", value: arguments) }
        writer.member("_meta", raw: Self.meta)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    private static let meta = Array(
        (#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#
            + #""io.modelcontextprotocol/clientCapabilities":{}}"#).utf8)

    /// Source: RFC 9110, section 5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
    }
}
