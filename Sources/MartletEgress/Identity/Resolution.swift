import Glibc
import MartletAuthn
import NIOCore
import NIOPosix

/// Finds the addresses of an endpoint and judges them. A literal address is judged like any other.
struct Resolution {
    private let endpoint: Endpoint
    private let loop: any EventLoop

    init(_ endpoint: Endpoint, loop: any EventLoop) {
        self.endpoint = endpoint
        self.loop = loop
    }

    /// At most four addresses, in the system's order of preference (RFC 6724). One refused address refuses the name:
    /// a name that also leads inside is not trusted to lead outside.
    ///
    /// `getaddrinfo` cannot be interrupted: it runs on a thread of NIO's blocking pool, and past the deadline its
    /// answer is dropped.
    func addresses(by deadline: NIODeadline) async -> Result<[SocketAddress], JWKSError> {
        let found = loop.makePromise(of: [String].self)
        let timer = loop.scheduleTask(deadline: deadline) { found.fail(JWKSError.timedOut) }
        NIOSingletons.posixBlockingThreadPool.runIfActive(eventLoop: loop) { [host = endpoint.host] in
            Self.lookUp(host)
        }.cascade(to: found)
        defer { timer.cancel() }
        do {
            return judge(try await found.futureResult.get())
        } catch {
            return .failure(.timedOut)
        }
    }

    private func judge(_ texts: [String]) -> Result<[SocketAddress], JWKSError> {
        guard !texts.isEmpty else { return .failure(.unreachable("\(endpoint.host) cannot be resolved")) }
        var addresses: [SocketAddress] = []
        for text in texts.prefix(4) {
            guard let plain = IPAddress(text) else {
                return .failure(.unreachable("\(endpoint.host): address with a zone refused"))
            }
            do throws(AddressGuard.Refusal) {
                try AddressGuard(for: endpoint).check(plain)
            } catch {
                return .failure(.unreachable("\(endpoint.host): \(error.rawValue) refused"))
            }
            do {
                addresses.append(try SocketAddress(ipAddress: text, port: endpoint.port))
            } catch {
                return .failure(.unreachable("\(endpoint.host) has no IP address"))
            }
        }
        return .success(addresses)
    }

    /// Every address of a name as text, each once; empty when there is none.
    private static func lookUp(_ host: String) -> [String] {
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, nil, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var next = list
        while let entry = next?.pointee {
            var text = [CChar](repeating: 0, count: 64)
            let status = getnameinfo(
                entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if status == 0, !found.contains(name) { found.append(name) }
            next = entry.ai_next
        }
        return found
    }
}
