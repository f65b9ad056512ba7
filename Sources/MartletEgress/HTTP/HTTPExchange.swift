import NIOCore
import NIOHTTP1

/// One request under way: the request, what was read of the answer, and who waits for it.
///
/// Confined to its loop. `finish` runs the completion exactly once, whatever happens afterwards.
final class HTTPExchange {
    let request: HTTPRequest
    /// That of the request, unless an agent is being asked meanwhile.
    var deadline: NIODeadline
    private var reader: AnswerReader
    private var completion: ((Result<HTTPAnswer, UpstreamFailure>) -> Void)?
    var isFinished: Bool { completion == nil }
    /// The caller does not keep up: nothing more is read from the connection that carries this.
    var isHeld = false
    var side: (any CallSide)? {
        switch request.expectation {
        case .reply(_, let hearing): hearing.relay?.side
        case .changes(let stream): stream
        case .acknowledgement, .document: nil
        }
    }

    init(
        _ request: HTTPRequest, limits: AnswerLimits,
        completion: @escaping (Result<HTTPAnswer, UpstreamFailure>) -> Void
    ) {
        self.request = request
        deadline = request.deadline
        reader = AnswerReader(request.expectation, limits: limits)
        self.completion = completion
    }

    func finish(_ result: Result<HTTPAnswer, UpstreamFailure>) {
        guard let completion else { return }
        self.completion = nil
        if case .failure(.brokenOff) = result, let resumption = reader.resumption {
            completion(.success(resumption))
        } else {
            completion(result)
        }
    }

    func receive(_ part: HTTPClientResponsePart) -> AnswerReader.Step {
        switch part {
        case .head(let head): reader.receive(head)
        case .body(let bytes): reader.receive(bytes)
        case .end: reader.receiveEnd()
        }
    }
}
