import MartletJSON
import MartletMCP
import Synchronization

/// The last answer to one question that is asked again and again, to recognise it when nothing has changed.
///
/// An answer that repeats the last one but for the id of our own request gets the reading of that one. It was received
/// and compared to its last byte: nothing is kept in place of asking. Source: MCP 2026-07-28, Caching, which is about the
/// other thing, not to ask at all.
final class AnswerMemory: Sendable {
    private struct Last {
        let document: RepeatedDocument
        let result: JSONValue
    }

    private let last = Mutex<Last?>(nil)

    /// Reads `bytes` as the reply to our message `id`.
    func read(_ bytes: [UInt8], expecting id: Int64) -> UpstreamReply {
        if let last = last.withLock({ $0 }), last.document.isRepeated(by: bytes, with: id) {
            return .result(last.result)
        }
        let reply = UpstreamReply.parse(bytes, expecting: id)
        if case .result(let result) = reply, let document = RepeatedDocument(of: result, exceptFor: "id") {
            last.withLock { $0 = Last(document: document, result: result) }
        }
        return reply
    }
}
