import Glibc
import MartletConfiguration
import MartletCore
import MartletJSON

/// The files of a gateway in front of one upstream, in a folder of their own: what `serve` would be given.
///
/// Nothing is switched off for conformance: state, log, limits and authentication are those of any pilot.
struct ConformanceFiles {
    enum Upstream {
        case url(String)
        case command([String])
    }

    static let role = "conformance"
    static let agent = "conformance-client"
    static let upstream = "upstream"

    let directory: String
    var configuration: String { directory + "/martlet.yaml" }

    func write(_ upstream: Upstream, era: UpstreamSettings.Era, listen: LoopbackAddress) throws(StartFailure) {
        var writer = JSONWriter()  // JSON is YAML, and quotes whatever a command line may hold.
        writer.beginObject()
        writer.member("version", int: 1)
        writer.member("environment", string: "conformance")
        writer.member("posture", string: "pilot")
        writer.member("state", string: "state")
        write(listen, &writer)
        writer.member("authentication", raw: Array(#"{"built_in":{"default_ttl":"12h","maximum_ttl":"12h"}}"#.utf8))
        writer.member(
            "agents", raw: Array(#"[{"id":"\#(Self.agent)","role":"\#(Self.role)","issuer":"built_in"}]"#.utf8))
        write(upstream, era, &writer)
        writer.member("grants", raw: Array(#"{"files":["grants.json"]}"#.utf8))
        writer.endObject()
        try write(writer.bytes, to: configuration)
        try write(grants: [])
    }

    func write(grants: [UpstreamOffer.Entry], until end: UnixTime = UnixTime(seconds: 0)) throws(StartFailure) {
        var writer = JSONWriter()
        writer.beginArray()
        for entry in grants {
            writer.beginObject()
            writer.member("agent_role", string: Self.role)
            writer.member("upstream", string: Self.upstream)
            writer.member(entry.form, string: entry.name)
            if entry.form == "tool" {
                writer.member("scope", raw: Array("[]".utf8))
                writer.member("requires_approval", bool: false)
            }
            writer.member("expires", string: end.rfc3339)
            writer.member("owner", string: "conformance")
            writer.endObject()
        }
        writer.endArray()
        try write(writer.bytes, to: directory + "/grants.json")
    }

    private func write(_ listen: LoopbackAddress, _ writer: inout JSONWriter) {
        writer.key("listen")
        writer.beginObject()
        writer.member("address", string: listen.host)
        writer.member("port", int: listen.port)
        if listen.port != 0 {
            // A page of this very origin is no rebinding; the official scenario wants it accepted.
            writer.key("allowed_origins")
            writer.beginArray()
            writer.string(listen.url)
            writer.string("http://localhost:\(listen.port)")
            writer.endArray()
        }
        writer.endObject()
    }

    private func write(_ upstream: Upstream, _ era: UpstreamSettings.Era, _ writer: inout JSONWriter) {
        writer.key("upstreams")
        writer.beginArray()
        writer.beginObject()
        writer.member("name", string: Self.upstream)
        writer.member("era", string: era.rawValue)
        switch upstream {
        case .url(let url): writer.member("url", string: url)
        case .command(let words):
            writer.key("command")
            writer.beginArray()
            for word in words { writer.string(word) }
            writer.endArray()
        }
        writer.endObject()
        writer.endArray()
    }

    private func write(_ bytes: [UInt8], to path: String) throws(StartFailure) {
        guard WholeFile.write(bytes, to: path) else {
            throw StartFailure("cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }
}
