import MartletJSON

/// One request, as far as the ERP reads it.
struct ERPRequest {
    let id: JSONValue
    let params: JSONValue

    private var meta: JSONValue? { params["_meta"] }
    /// The protocol version of the modern era; nil in the session era.
    var version: String? { meta?["io.modelcontextprotocol/protocolVersion"]?.string }
    var isModern: Bool { version != nil }
    var traceparent: String? { meta?["traceparent"]?.string }
    var progressToken: JSONValue? { meta?["progressToken"] }
}

/// The messages the ERP writes, each with its newline.
enum ERPReply {
    static let modernVersion = "2026-07-28"
    private static let legacyVersions = ["2025-11-25", "2025-06-18", "2025-03-26"]

    static func error(_ id: JSONValue?, _ code: Int, _ message: String) -> [UInt8] {
        line { writer in
            writer.member("id", value: id ?? .null)
            writer.key("error")
            writer.beginObject()
            writer.member("code", int: code)
            writer.member("message", string: message)
            writer.endObject()
        }
    }

    static func unsupportedVersion(_ id: JSONValue, _ asked: String) -> [UInt8] {
        line { writer in
            writer.member("id", value: id)
            writer.key("error")
            writer.beginObject()
            writer.member("code", int: -32022)
            writer.member("message", string: "Unsupported protocol version")
            writer.key("data")
            writer.beginObject()
            writeVersions(to: &writer, "supported")
            writer.member("requested", string: asked)
            writer.endObject()
            writer.endObject()
        }
    }

    static func result(_ request: ERPRequest, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        line { writer in
            writer.member("id", value: request.id)
            writer.key("result")
            writer.beginObject()
            if request.isModern { writer.member("resultType", string: "complete") }
            body(&writer)
            writer.endObject()
        }
    }

    static func discovery(_ request: ERPRequest) -> [UInt8] {
        result(request) { writer in
            writeVersions(to: &writer, "supportedVersions")
            writeCapabilities(to: &writer)
            writeCaching(to: &writer)
            writer.key("_meta")
            writer.beginObject()
            writer.key("io.modelcontextprotocol/serverInfo")
            writeServer(to: &writer)
            writer.endObject()
        }
    }

    static func initialization(_ request: ERPRequest) -> [UInt8] {
        let asked = request.params["protocolVersion"]?.string ?? ""
        return result(request) { writer in
            writer.member("protocolVersion", string: legacyVersions.contains(asked) ? asked : legacyVersions[0])
            writeCapabilities(to: &writer)
            writer.key("serverInfo")
            writeServer(to: &writer)
        }
    }

    static func tools(_ request: ERPRequest) -> [UInt8] {
        result(request) { writer in
            writer.key("tools")
            writer.beginArray()
            for tool in ERPTool.allCases { tool.write(to: &writer) }
            writer.endArray()
            if request.isModern { writeCaching(to: &writer) }
        }
    }

    static func success(_ request: ERPRequest, _ json: [UInt8]) -> [UInt8] {
        result(request) { writer in
            writeText(String(decoding: json, as: UTF8.self), to: &writer)
            writer.member("structuredContent", raw: json)
            writer.member("isError", bool: false)
        }
    }

    static func failure(_ request: ERPRequest, _ why: String) -> [UInt8] {
        result(request) { writer in
            writeText(why, to: &writer)
            writer.member("isError", bool: true)
        }
    }

    static func progress(_ token: JSONValue, _ done: Int64, of total: Int64) -> [UInt8] {
        line { writer in
            writer.member("method", string: "notifications/progress")
            writer.key("params")
            writer.beginObject()
            writer.member("progressToken", value: token)
            writer.member("progress", int: done)
            writer.member("total", int: total)
            writer.endObject()
        }
    }

    private static func line(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("jsonrpc", string: "2.0")
        body(&writer)
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func writeText(_ text: String, to writer: inout JSONWriter) {
        writer.key("content")
        writer.beginArray()
        writer.beginObject()
        writer.member("type", string: "text")
        writer.member("text", string: text)
        writer.endObject()
        writer.endArray()
    }

    private static func writeVersions(to writer: inout JSONWriter, _ key: String) {
        writer.key(key)
        writer.beginArray()
        writer.string(modernVersion)
        writer.endArray()
    }

    private static func writeCapabilities(to writer: inout JSONWriter) {
        writer.key("capabilities")
        writer.beginObject()
        writer.key("tools")
        writer.beginObject()
        writer.endObject()
        writer.endObject()
    }

    private static func writeCaching(to writer: inout JSONWriter) {
        writer.member("ttlMs", int: 300_000)
        writer.member("cacheScope", string: "public")
    }

    private static func writeServer(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", string: "martlet-demo-erp")
        writer.member("version", string: "1.0.0")
        writer.endObject()
    }
}
