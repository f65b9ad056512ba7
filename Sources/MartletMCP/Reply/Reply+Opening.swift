import MartletJSON

extension Reply {
    /// Answers `server/discover`: the modern versions, and what the upstream can do as far as it works here.
    ///
    /// `profile` is what the upstream says of itself, `server` stands in for what it does not say.
    package static func discover(id: RequestID, server: Implementation, profile: UpstreamProfile) -> [UInt8] {
        result(id: id) { writer in
            writeType(.modern, to: &writer)
            writer.key("supportedVersions")
            writer.beginArray()
            for version in ProtocolVersion.modern { writer.string(version.rawValue) }
            writer.endArray()
            writeCapabilities(profile, .modern, to: &writer)
            if let instructions = profile.instructions { writer.member("instructions", string: instructions) }
            writeCaching(milliseconds: 0, to: &writer)
            writer.key("_meta")
            writer.beginObject()
            writer.key(MetaKey.serverInfo)
            (profile.server ?? server).write(to: &writer)
            writer.endObject()
        }
    }

    /// Answers `initialize` with the negotiated version; the session id travels in a header.
    package static func initialize(
        to request: MCPRequest, id: RequestID, server: Implementation, profile: UpstreamProfile
    ) -> [UInt8] {
        result(id: id) { writer in
            writer.member("protocolVersion", string: request.version.rawValue)
            writeCapabilities(profile, .legacy, to: &writer)
            writer.key("serverInfo")
            (profile.server ?? server).write(to: &writer)
            if let instructions = profile.instructions { writer.member("instructions", string: instructions) }
        }
    }

    private static func writeCapabilities(
        _ profile: UpstreamProfile, _ era: ProtocolEra, to writer: inout JSONWriter
    ) {
        writer.key("capabilities")
        writer.beginObject()
        for feature in ServerFeature.allCases where profile.features.contains(feature) {
            feature.write(to: &writer, of: profile)
        }
        // Tasks of the session era are another thing, and are not carried.
        if era == .modern, profile.offersTasks { AgentCapabilities.writeTasks(to: &writer) }
        writer.endObject()
    }

    /// What we answer depends on who asks: never `public`. Source: MCP 2026-07-28, Caching.
    static func writeCaching(milliseconds: Int, to writer: inout JSONWriter) {
        writer.member("ttlMs", int: Int64(max(0, milliseconds)))
        writer.member("cacheScope", string: "private")
    }
}
