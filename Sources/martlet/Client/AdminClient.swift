import MartletJSON

/// Asks a running gateway over its admin socket, and turns refusals into an exit code with a sentence.
struct AdminClient {
    private let http: LocalHTTP
    private let token: String?

    init(socket: String, token: String? = nil) {
        http = LocalHTTP(address: .socket(path: socket))
        self.token = token
    }

    func get(_ path: String) throws(CommandFailure) -> JSONValue { try exchange("GET", path, body: []) }

    func post(_ path: String, _ write: (inout JSONWriter) -> Void) throws(CommandFailure) -> JSONValue {
        var writer = JSONWriter()
        writer.beginObject()
        write(&writer)
        writer.endObject()
        return try exchange("POST", path, body: writer.bytes)
    }

    private func exchange(_ method: String, _ path: String, body: [UInt8]) throws(CommandFailure) -> JSONValue {
        let headers = token.map { [("authorization", "Bearer \($0)")] } ?? []
        let answer: LocalHTTP.Answer
        do {
            answer = try http.send(method, path, headers: headers, body: body)
        } catch {
            switch error {
            case .notRunning(let reason), .broken(let reason): throw .usage(reason)
            }
        }
        let value: JSONValue
        do {
            value = try JSONValue.parse(answer.body, limits: .response)
        } catch {
            throw .usage("the gateway gave no JSON answer (HTTP \(answer.status))")
        }
        guard answer.status == 200 else { throw .refused(value.member("error")?.string ?? "HTTP \(answer.status)") }
        return value
    }
}

/// Why a command ends without a yes: exit code 1 for a negative answer, 2 for usage and configuration.
enum CommandFailure: Error {
    case refused(String)
    case usage(String)
}
