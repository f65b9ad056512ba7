import MartletAuthn
import NIOCore
import NIOPosix

/// Finds the address of an endpoint and judges it. A literal address is not resolved, and is judged like any other.
struct Resolution {
    private let endpoint: Endpoint
    private let loop: any EventLoop

    init(_ endpoint: Endpoint, loop: any EventLoop) {
        self.endpoint = endpoint
        self.loop = loop
    }

    /// `getaddrinfo` cannot be interrupted: it runs on a thread of NIO's blocking pool, and past the deadline its
    /// answer is dropped.
    func address(by deadline: NIODeadline) async -> Result<SocketAddress, JWKSError> {
        let found = loop.makePromise(of: SocketAddress.self)
        let timer = loop.scheduleTask(deadline: deadline) { found.fail(JWKSError.timedOut) }
        NIOSingletons.posixBlockingThreadPool.runIfActive(eventLoop: loop) { [endpoint] in
            try SocketAddress.makeAddressResolvingHost(endpoint.host, port: endpoint.port)
        }.cascade(to: found)
        defer { timer.cancel() }
        do {
            return judge(try await found.futureResult.get())
        } catch let error as JWKSError {
            return .failure(error)
        } catch {
            return .failure(.unreachable("\(endpoint.host) cannot be resolved"))
        }
    }

    private func judge(_ address: SocketAddress) -> Result<SocketAddress, JWKSError> {
        guard let text = address.ipAddress, let plain = IPAddress(text) else {
            return .failure(.unreachable("\(endpoint.host) has no IP address"))
        }
        do throws(AddressGuard.Refusal) {
            try AddressGuard(for: endpoint).check(plain)
            return .success(address)
        } catch {
            return .failure(.unreachable("\(endpoint.host): \(error.rawValue) refused"))
        }
    }
}
