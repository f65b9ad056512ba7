import Glibc

/// Why a listener does not start.
package enum ListenerError: Error, Hashable, Sendable {
    /// The system refuses the address; `errno` is that of POSIX.
    case cannotBind(String, errno: Int32)
    /// The address is none, or not one of this kind of socket.
    case cannotListen(String, reason: String)
    /// The chain or its key does not load.
    case badCertificate(String, reason: String)
}

extension ListenerError: CustomStringConvertible {
    /// One sentence with what to do.
    package var description: String {
        switch self {
        case .cannotBind(let place, EADDRINUSE):
            "\(place) is taken; end the program that listens there, or choose another listen.port"
        case .cannotBind(let place, EADDRNOTAVAIL):
            "this machine has no address for \(place); correct listen.address"
        case .cannotBind(let place, EACCES), .cannotBind(let place, EPERM):
            "this user may not listen on \(place); choose a listen.port from 1024"
        case .cannotBind(let place, let errno): "cannot listen on \(place): \(String(cString: strerror(errno)))"
        case .cannotListen(let place, let reason): "cannot listen on \(place): \(reason)"
        case .badCertificate(let file, let reason):
            "the certificate \(file) or its key does not load; listen.tls takes two PEM files (\(reason))"
        }
    }
}
