import MartletJSON

extension Reply {
    /// Answers `server/discover`: the modern versions and the one capability that works, tools.
    package static func discover(id: RequestID, server: Implementation, instructions: String? = nil) -> [UInt8] {
        result(id: id) { writer in
            writeType(.modern, to: &writer)
            writer.key("supportedVersions")
            writer.beginArray()
            for version in ProtocolVersion.modern { writer.string(version.rawValue) }
            writer.endArray()
            writeCapabilities(to: &writer)
            if let instructions { writer.member("instructions", string: instructions) }
            writeCaching(milliseconds: 0, to: &writer)
            writer.key("_meta")
            writer.beginObject()
            writer.key(MetaKey.serverInfo)
            server.write(to: &writer)
            writer.endObject()
        }
    }

    /// Answers `initialize` with the negotiated version; the session id travels in a header.
    package static func initialize(
        to request: MCPRequest, id: RequestID, server: Implementation, instructions: String? = nil
    ) -> [UInt8] {
        result(id: id) { writer in
            writer.member("protocolVersion", string: request.version.rawValue)
            writeCapabilities(to: &writer)
            writer.key("serverInfo")
            server.write(to: &writer)
            if let instructions { writer.member("instructions", string: instructions) }
        }
    }

    private static func writeCapabilities(to writer: inout JSONWriter) {
        writer.key("capabilities")
        writer.beginObject()
        writer.key("tools")
        writer.beginObject()
        writer.member("listChanged", bool: false)
        writer.endObject()
        writer.endObject()
    }

    /// What we answer depends on who asks: never `public`. Source: MCP 2026-07-28, Caching.
    static func writeCaching(milliseconds: Int, to writer: inout JSONWriter) {
        writer.member("ttlMs", int: Int64(max(0, milliseconds)))
        writer.member("cacheScope", string: "private")
    }
}
