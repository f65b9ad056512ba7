import MartletJSON
import MartletMCP
import NIOCore
import NIOHTTP1

/// One request to an upstream, complete: nothing is added to it later.
struct HTTPRequest: Sendable {
    var method: HTTPMethod
    /// Head and body as they go out.
    var bytes: ByteBuffer
    var headBytes: Int
    var deadline: NIODeadline
    var expectation: Expectation

    /// What the answer must be.
    enum Expectation: Sendable {
        /// The JSON-RPC reply to our message `id`, as JSON or in an event stream.
        case reply(id: Int64, hearing: Hearing)
        /// A standing stream, which ends when somebody ends it.
        case changes(UpstreamStream)
        /// A status; the body does not matter: notifications and DELETE.
        case acknowledgement
        /// The body as it is.
        case document
    }
}

/// Who hears what an upstream says on a stream before its answer. Called on the event loop; must not block.
struct Hearing: Sendable {
    /// The caller, of calls only.
    var relay: CallRelay?
    /// A request of the upstream to us; false when nobody takes it.
    var question: (@Sendable (_ id: RequestID, _ method: String, _ params: JSONValue?) -> Bool)?
    /// What the upstream says of itself on the stream of a request: in the session era only.
    var changed: (@Sendable (Change) -> Void)?
    /// Whether a stream that breaks off may be taken up again: in the session era only.
    var isResumable = false
    /// What was answered to the same question before; of lists only.
    var memory: AnswerMemory?
}

/// The whole answer to one HTTP request.
struct HTTPAnswer: Sendable {
    let status: Int
    /// The value of `Mcp-Session-Id`, if there is exactly one and it is well-formed.
    let sessionID: String?
    let content: Content
    /// Bytes of the body, or of the event that carried the reply.
    let bytes: Int

    enum Content: Sendable {
        case empty
        case answer(UpstreamAnswer)
        case document([UInt8])
        /// No message that could be ours; the text says why.
        case unreadable(String)
        /// A standing stream is over; the session era may say where it could be taken up, and when.
        case streamEnded(lastEventID: String?, pause: TimeAmount?)
        /// The stream ended before the answer, and said where to take it up.
        case interrupted(ResumptionPoint)
    }
}
