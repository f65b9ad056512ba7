import MartletJSON

/// The JSON-RPC members of one message, each of the right type. Source: JSON-RPC 2.0, section 4.
struct Envelope {
    let id: RequestID?
    let method: String
    let params: JSONValue?

    var knownMethod: Method? { Method.allCases.first { $0.rawValue.hasSameBytes(as: method) } }
    /// Whether the body names a protocol version, as modern requests must and legacy ones never do.
    var claimsVersion: Bool { params?.member("_meta")?.member(MetaKey.protocolVersion) != nil }

    init(_ document: JSONValue) throws(ProtocolError) {
        guard document.kind == .object else {
            throw .invalidRequest("The body must be a single JSON-RPC request or notification object", id: nil)
        }
        id = try Self.id(of: document)
        if let known = Lookalikes.find(in: document, of: Lookalikes.envelope) { throw .lookalikeKey(known, id: id) }
        guard document.member("jsonrpc")?.isString("2.0") == true else {
            throw .invalidRequest("jsonrpc must be \"2.0\"", id: id)
        }
        guard document.member("result") == nil, document.member("error") == nil else {
            throw .nothingAsked
        }
        guard let method = document.member("method")?.string else {
            throw .invalidRequest("method must be a string", id: id)
        }
        self.method = method
        params = try Self.params(of: document, id: id)
    }

    private static func id(of document: JSONValue) throws(ProtocolError) -> RequestID? {
        guard let value = document.member("id") else { return nil }
        guard let id = RequestID(value) else {
            throw .invalidRequest("id must be a string or an integer", id: nil)
        }
        return id
    }

    private static func params(of document: JSONValue, id: RequestID?) throws(ProtocolError) -> JSONValue? {
        guard let params = document.member("params") else { return nil }
        guard params.kind == .object else { throw .invalidRequest("params must be an object", id: id) }
        if let known = Lookalikes.find(in: params, of: Lookalikes.parameters) { throw .lookalikeKey(known, id: id) }
        return params
    }
}
