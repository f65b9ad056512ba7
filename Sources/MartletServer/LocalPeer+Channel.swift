import MartletAudit
import NIOCore

extension LocalPeer {
    /// Who is at the other end of a Unix socket; nil for every other channel, and when the kernel does not say.
    static func of(_ channel: any Channel) -> EventLoopFuture<LocalPeer?> {
        guard channel.localAddress?.protocol == .unix, let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededFuture(nil)
        }
        let credentials: EventLoopFuture<Credentials> = socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: Credentials.option))
        return credentials.map { LocalPeer(user: $0.user, process: $0.process) }.recover { _ in nil }
    }

    /// `struct ucred`, which the C library shows only under _GNU_SOURCE. Source: unix(7).
    private struct Credentials: Sendable {
        let process: Int32
        let user: UInt32
        let group: UInt32

        /// SO_PEERCRED of the Linux generic ABI (x86-64, AArch64).
        static let option: CInt = 17
    }
}
