import Glibc
import MartletServer
import Testing

@Suite("Why a listener does not start")
struct ListenerErrorTests {
    @Test(
        "is said with what to do about it",
        arguments: [
            (ListenerError.cannotBind("127.0.0.1:8440", errno: EADDRINUSE), "127.0.0.1:8440 is taken", "listen.port"),
            (.cannotBind("192.0.2.1:8440", errno: EADDRNOTAVAIL), "no address for 192.0.2.1:8440", "listen.address"),
            (.cannotBind("127.0.0.1:80", errno: EACCES), "may not listen on 127.0.0.1:80", "listen.port from 1024"),
            (.cannotBind("[::1]:8440", errno: ENOMEM), "cannot listen on [::1]:8440", "Cannot allocate memory"),
            (.cannotListen("a/admin.sock", reason: "too long"), "cannot listen on a/admin.sock", "too long"),
            (.badCertificate("a.pem", reason: "no PEM"), "the certificate a.pem", "listen.tls takes two PEM files"),
        ])
    func tellsTheFix(error: ListenerError, what: String, fix: String) {
        #expect("\(error)".contains(what) && "\(error)".contains(fix))
    }
}
