import MartletAuthn
import MartletMCP
package import NIOCore
package import NIOPosix

/// One HTTP request to a service that no call waits for: a witness, a timestamp authority, a sink.
///
/// `https`, or `http` when the URL itself names this machine. One connection per request, no redirects, a limit for the
/// answer and one for the time in all. The name is resolved once, the address judged by `AddressGuard`, and exactly
/// that address dialled. Cancelling the task ends the request. Source: ADR-0005.
package struct SlowHTTPClient: Sendable {
    package struct Answer: Sendable {
        package let status: Int
        package let body: [UInt8]
    }

    /// Why there is no answer; for the operator.
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    package let endpoint: Endpoint
    private let settings: PoolSettings
    private let timeout: TimeAmount
    private let group: MultiThreadedEventLoopGroup

    /// `authorities` is a PEM file of the roots to trust; the system's when nil.
    package init(
        url: String, timeout: TimeAmount, maximumBytes: Int, authorities: String? = nil,
        group: MultiThreadedEventLoopGroup
    ) throws(EgressError) {
        endpoint = try Endpoint(url)
        guard endpoint.isEncrypted || endpoint.isLoopback else { throw .badURL(url) }
        self.timeout = timeout
        self.group = group
        settings = PoolSettings(
            endpoint: endpoint, address: nil,
            tls: endpoint.isEncrypted ? try TLS.client(authorities: authorities) : nil,
            maximumConnections: 1, maximumWaiting: 0, idleLimit: .zero, connectTimeout: min(timeout, .seconds(3)),
            limits: AnswerLimits(bodyBytes: maximumBytes, headerBytes: 16 << 10))
    }

    /// Sends `body` and gives the answer, whatever its status but 401, 403 and redirects.
    package func post(_ body: [UInt8], contentType: String) async throws(Failure) -> Answer {
        switch await send(body, contentType: contentType) {
        case .success(let answer): return answer
        case .failure(let failure): throw failure.told
        }
    }

    /// The same with the failure as it is, and with our credential at that service. The next address is tried only when
    /// nothing was sent to the one before.
    func send(
        _ body: [UInt8], contentType: String, credential: EgressCredential? = nil
    ) async -> Result<Answer, UpstreamFailure> {
        let deadline = NIODeadline.now() + timeout
        let addresses: [SocketAddress]
        switch await Resolution(endpoint, loop: group.next()).addresses(by: deadline) {
        case .success(let found): addresses = found
        case .failure(.timedOut): return .failure(.timedOut)
        case .failure(.unreachable(let reason)): return .failure(.unreachable(reason))
        case .failure: return .failure(.unreachable("no address"))
        }
        let message = OutboundMessage(body: body, headers: [(name: "content-type", value: contentType)])
        let request = RequestComposer(endpoint: endpoint, credential: credential).post(
            message, deadline: deadline, expecting: .document)
        var last: Result<Answer, UpstreamFailure> = .failure(.unreachable("no address"))
        for address in addresses {
            last = await send(request, to: address)
            guard case .failure(.unreachable) = last, !Task.isCancelled else { break }
        }
        return last
    }

    private func send(_ request: HTTPRequest, to address: SocketAddress) async -> Result<Answer, UpstreamFailure> {
        var settings = settings
        settings.address = address
        let fetch = OneFetch(request, settings: settings, loop: group.next())
        let result = await withTaskCancellationHandler {
            await fetch.run()
        } onCancel: {
            fetch.cancel()
        }
        return result.map { answer in
            guard case .document(let bytes) = answer.content else { return Answer(status: answer.status, body: []) }
            return Answer(status: answer.status, body: bytes)
        }
    }
}

extension UpstreamFailure {
    fileprivate var told: SlowHTTPClient.Failure {
        switch self {
        case .unreachable(let reason), .garbage(let reason): .init(reason)
        case .timedOut: .init("timed out")
        case .tooLarge: .init("the answer is too large")
        case .unauthorized(let status): .init("status \(status)")
        case .brokenOff, .busy, .closed, .cancelled, .notCarried, .eraChanged: .init("connection ended")
        }
    }
}
