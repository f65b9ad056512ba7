import MartletJSON
import MartletMCP

/// Whatever was wrong with a request, the answer is one JSON-RPC error with the code it was given.
enum AnswerProperties {
    static func check(_ error: ProtocolError) throws(Violation) {
        let answer = try read(error.body())
        try require(answer.member("jsonrpc")?.string == "2.0", "an answer that is not JSON-RPC 2.0")
        try require(answer.member("id").flatMap(RequestID.init) == error.requestID, "an answer with another id")
        let body = answer.member("error")
        try require(body?.member("code")?.integer == Int64(error.code), "an answer with another code")
        try require(body?.member("message")?.string != nil, "an answer without a message")
        try require((400...499).contains(error.httpStatus) || error.httpStatus == 200, "status \(error.httpStatus)")
    }

    private static func read(_ bytes: [UInt8]) throws(Violation) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue.parse(bytes, limits: .response)
        } catch {
            throw Violation(description: "the answer to a bad request is not read: \(error)")
        }
    }
}
