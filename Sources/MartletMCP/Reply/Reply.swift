package import MartletJSON

/// Builds the JSON-RPC messages that answer an agent, in its era.
package enum Reply {
    /// A result; `write` adds the members of the result object, of about `room` bytes.
    package static func result(
        id: RequestID, room: Int = 960, _ write: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = open(id: id, capacity: 64 + room)
        writer.key("result")
        writer.beginObject()
        write(&writer)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// An error; `data` may add one member `data` to the error object. Without an id the answer has none.
    package static func error(
        id: RequestID?, code: Int, message: String, data: (inout JSONWriter) -> Void = { _ in }
    ) -> [UInt8] {
        var writer = open(id: id, capacity: 256)
        writer.key("error")
        writer.beginObject()
        writer.member("code", int: Int64(code))
        writer.member("message", string: message)
        data(&writer)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// A result without content, the answer to `ping`.
    package static func empty(to request: MCPRequest, id: RequestID) -> [UInt8] {
        result(id: id) { writer in writeType(request.era, to: &writer) }
    }

    static func open(id: RequestID?, capacity: Int) -> JSONWriter {
        var writer = JSONWriter(capacity: capacity)
        writer.beginObject()
        writer.member("jsonrpc", string: "2.0")
        if let id {
            writer.key("id")
            id.write(to: &writer)
        }
        return writer
    }

    /// Modern results say that they are whole; legacy ones have no such member.
    static func writeType(_ era: ProtocolEra, to writer: inout JSONWriter) {
        if era == .modern { writer.member("resultType", string: "complete") }
    }
}

/// How a server or a client introduces itself.
package struct Implementation: Hashable, Sendable {
    package let name: String
    package let version: String
    package init(name: String, version: String) {
        self.name = name
        self.version = version
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", string: name)
        writer.member("version", string: version)
        writer.endObject()
    }
}
