package import MartletAudit
import MartletAuthn
package import NIOCore
package import NIOPosix
import NIOSSL

/// A syslog receiver over TLS. One connection for each batch, because its orderly end is the only acknowledgement there is.
///
/// Syslog answers nothing. A receiver that has read our close_notify has read every message before it, and says so with its
/// own close_notify (RFC 5425, section 4.4: it MUST). Then its socket must end without a reset: a receiver that closed by
/// itself at that moment, and left messages unread, resets it. One that was killed does neither.
/// Source: RFC 5425; RFC 5424; RFC 8446, section 6.1; ADR-0026.
package struct SyslogSink: SinkCarrier {
    private let endpoint: Endpoint
    private let encoding: RecordEncoding
    private let tls: NIOSSLContext
    private let timeout: TimeAmount
    private let group: MultiThreadedEventLoopGroup

    /// `authorities` is a PEM file of the roots to trust; the system's when nil. The certificate must name `host`.
    package init(
        host: String, port: Int, encoding: RecordEncoding, authorities: String?, timeout: TimeAmount,
        group: MultiThreadedEventLoopGroup
    ) throws(EgressError) {
        let name = host.contains(":") ? "[\(host)]" : host
        endpoint = try Endpoint("https://\(name):\(port)")
        self.encoding = encoding
        self.timeout = timeout
        self.group = group
        tls = try TLS.client(authorities: authorities, protocols: [], shutdownTimeout: timeout)
    }

    package func deliver(_ records: [ExportedRecord]) async throws(SinkError) {
        let deadline = NIODeadline.now() + timeout
        let frames = SyslogFrame.encode(records, as: encoding)
        var result: SinkError? = .unreachable("\(endpoint.host) cannot be resolved")
        for address in try await addresses(by: deadline) {
            result = await send(frames, to: address, by: deadline)
            guard case .unreachable = result, !Task.isCancelled else { break }
        }
        if let result { throw Task.isCancelled ? .cancelled : result }
    }

    private func addresses(by deadline: NIODeadline) async throws(SinkError) -> [SocketAddress] {
        switch await Resolution(endpoint, loop: group.next()).addresses(by: deadline) {
        case .success(let found): return found
        case .failure(.timedOut): throw .timedOut
        case .failure(.unreachable(let reason)): throw .unreachable(reason)
        case .failure: throw .unreachable("\(endpoint.host) cannot be resolved")
        }
    }

    /// Nil when all of it was acknowledged.
    private func send(_ frames: [UInt8], to address: SocketAddress, by deadline: NIODeadline) async -> SinkError? {
        let loop = group.next()
        let connection = NIOLoopBoundBox.makeBoxSendingValue(
            SyslogConnection(frames, tls: tls, host: endpoint.host, loop: loop), eventLoop: loop)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.execute {
                    connection.value.run(to: address, by: deadline) { continuation.resume(returning: $0) }
                }
            }
        } onCancel: {
            loop.execute { connection.value.giveUp(.cancelled) }
        }
    }
}
