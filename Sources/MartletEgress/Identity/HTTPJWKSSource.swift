package import MartletAuthn
package import NIOCore
package import NIOPosix

/// An issuer's key set behind a URL: `https`, or `http` when the URL itself names this machine.
///
/// One connection per fetch, no redirects, at most 256 KiB, at most `timeout` in all. The name is resolved once, the
/// address judged by `AddressGuard`, and exactly that address dialled. Cancelling the task ends the fetch.
package struct HTTPJWKSSource: JWKSSource {
    /// Keys of an issuer are a few kilobytes.
    package static let maximumBytes = 256 << 10

    private let endpoint: Endpoint
    private let settings: PoolSettings
    private let timeout: TimeAmount
    private let group: MultiThreadedEventLoopGroup

    /// `authorities` is a PEM file of the roots to trust; the system's when nil.
    package init(
        url: String, timeout: TimeAmount = .seconds(10), authorities: String? = nil,
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
            limits: AnswerLimits(bodyBytes: Self.maximumBytes, headerBytes: 16 << 10))
    }

    package func fetch() async throws(JWKSError) -> [UInt8] {
        let deadline = NIODeadline.now() + timeout
        var answer: Result<HTTPAnswer, UpstreamFailure> = .failure(.unreachable("no address"))
        for address in try await resolve(by: deadline) {
            answer = await fetch(from: address, by: deadline)
            guard case .failure(.unreachable) = answer, !Task.isCancelled else { break }
        }
        return try read(answer)
    }

    private func fetch(from address: SocketAddress, by deadline: NIODeadline) async -> Result<
        HTTPAnswer, UpstreamFailure
    > {
        var settings = settings
        settings.address = address
        let fetch = OneFetch(
            RequestComposer(endpoint: endpoint, credential: nil).get(deadline: deadline), settings: settings,
            loop: group.next())
        return await withTaskCancellationHandler {
            await fetch.run()
        } onCancel: {
            fetch.cancel()
        }
    }

    private func read(_ answer: Result<HTTPAnswer, UpstreamFailure>) throws(JWKSError) -> [UInt8] {
        switch answer {
        case .success(let answer):
            guard answer.status == 200 else { throw .status(answer.status) }
            guard case .document(let bytes) = answer.content else { throw .malformed }
            return bytes
        case .failure(.timedOut): throw .timedOut
        case .failure(.tooLarge): throw .tooLarge
        case .failure(.unauthorized(let status)): throw .status(status)
        case .failure(.unreachable(let reason)), .failure(.garbage(let reason)): throw .unreachable(reason)
        case .failure(.brokenOff), .failure(.busy), .failure(.closed), .failure(.cancelled), .failure(.notCarried),
            .failure(.eraChanged):
            throw .unreachable("connection ended")
        }
    }

    private func resolve(by deadline: NIODeadline) async throws(JWKSError) -> [SocketAddress] {
        switch await Resolution(endpoint, loop: group.next()).addresses(by: deadline) {
        case .success(let addresses): return addresses
        case .failure(let error): throw error
        }
    }
}
