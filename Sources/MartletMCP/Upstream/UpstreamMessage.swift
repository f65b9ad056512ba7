package import MartletJSON

/// One message from an upstream, read strictly.
package enum UpstreamMessage: Sendable {
    /// `id` is nil when the upstream could not read ours: only an error comes so.
    case response(id: RequestID?, UpstreamAnswer)
    case request(id: RequestID, method: String, params: JSONValue?)
    case notification(method: String, params: JSONValue?)
    case garbage(Garbage)

    /// Why bytes are no message; raw values go into outcome records.
    package enum Garbage: String, Hashable, Sendable, CaseIterable {
        case notJSON = "not_json"
        case notAnObject = "not_an_object"
        case lookalikeKey = "lookalike_key"
        case wrongVersion = "not_jsonrpc_2"
        case badID = "bad_id"
        case badShape = "bad_shape"
        case unexpectedID = "unexpected_id"
    }

    package static func parse(_ bytes: [UInt8], limits: JSONLimits = .response) -> UpstreamMessage {
        do {
            return read(try JSONValue.parse(bytes, limits: limits))
        } catch {
            return .garbage(.notJSON)
        }
    }

    private static func read(_ document: JSONValue) -> UpstreamMessage {
        guard document.kind == .object else { return .garbage(.notAnObject) }
        guard Lookalikes.find(in: document, of: Lookalikes.envelope) == nil else { return .garbage(.lookalikeKey) }
        guard document.member("jsonrpc")?.isString("2.0") == true else { return .garbage(.wrongVersion) }
        let stated = document.member("id").flatMap { $0.isNull ? nil : $0 }
        let id = stated.flatMap(RequestID.init)
        guard stated == nil || id != nil else { return .garbage(.badID) }
        return document.member("method") == nil ? response(document, id: id) : question(document, id: id)
    }

    private static func question(_ document: JSONValue, id: RequestID?) -> UpstreamMessage {
        let params = document.member("params")
        guard let method = document.member("method")?.string, document.member("result") == nil,
            document.member("error") == nil, params == nil || params?.kind == .object
        else { return .garbage(.badShape) }
        guard let id else {
            return document.member("id") == nil ? .notification(method: method, params: params) : .garbage(.badID)
        }
        return .request(id: id, method: method, params: params)
    }

    private static func response(_ document: JSONValue, id: RequestID?) -> UpstreamMessage {
        switch (document.member("result"), document.member("error")) {
        case (let result?, nil):
            guard let id else { return .garbage(.badID) }
            return result.kind == .object ? .response(id: id, .result(result)) : .garbage(.badShape)
        case (nil, let error?):
            guard let code = error.member("code")?.integer, let message = error.member("message")?.string else {
                return .garbage(.badShape)
            }
            return .response(id: id, .error(code: Int(code), message: message, data: error.member("data")))
        case (nil, nil), (_?, _?):
            return .garbage(.badShape)
        }
    }
}

/// What an upstream answered to one request.
package enum UpstreamAnswer: Sendable {
    /// The result object, not looked into yet.
    case result(JSONValue)
    case error(code: Int, message: String, data: JSONValue?)
}

/// One message on the stream that belongs to one request, as the sender of that request sees it.
package enum UpstreamReply: Sendable {
    case result(JSONValue)
    case error(code: Int, message: String, data: JSONValue?)
    /// Progress or a log line; the stream goes on.
    case notification(method: String, params: JSONValue?)
    /// A question to us (`ping`, `elicitation/create` …); the stream goes on.
    case request(id: RequestID, method: String, params: JSONValue?)
    case garbage(UpstreamMessage.Garbage)

    /// Reads one message of the exchange that we opened with `id`.
    ///
    /// An error without an id is taken for ours: the exchange has no other request. A different id is garbage.
    package static func parse(
        _ bytes: [UInt8], expecting id: Int64, limits: JSONLimits = .response
    ) -> UpstreamReply {
        switch UpstreamMessage.parse(bytes, limits: limits) {
        case .response(let stated, let answer):
            guard stated == nil || stated == .number(String(id)) else { return .garbage(.unexpectedID) }
            switch answer {
            case .result(let result): return .result(result)
            case .error(let code, let message, let data): return .error(code: code, message: message, data: data)
            }
        case .request(let id, let method, let params): return .request(id: id, method: method, params: params)
        case .notification(let method, let params): return .notification(method: method, params: params)
        case .garbage(let reason): return .garbage(reason)
        }
    }
}
