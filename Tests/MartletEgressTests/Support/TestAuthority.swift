import Glibc
import NIOSSL

/// A certificate authority made for these tests, and a server certificate of it for 127.0.0.1 and localhost.
///
/// Valid until 2126. The private key protects nothing: it is published here.
enum TestAuthority {
    static func server() throws -> NIOSSLContext {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(bytes: Array(self.key.utf8), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: certificates, privateKey: .privateKey(key)))
    }

    /// Writes the authority's certificate to a file of its own and hands out the path.
    static func withFile(_ body: (String) async throws -> Void) async throws {
        var path = Array("/tmp/martlet-authority-XXXXXX".utf8CString)
        let file = mkstemp(&path)
        let text = Array(authority.utf8)
        _ = write(file, text, text.count)
        close(file)
        defer { unlink(path) }
        try await body(String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    private static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBmDCCAT+gAwIBAgIULMIapT660h1qtb476x8fUKGzSAQwCgYIKoZIzj0EAwIw
        ITEfMB0GA1UEAwwWTWFydGxldCB0ZXN0IGF1dGhvcml0eTAgFw0yNjExMjIyMzEx
        NTBaGA8yMTI2MTAyOTIzMTE1MFowITEfMB0GA1UEAwwWTWFydGxldCB0ZXN0IGF1
        dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABH1FfgIGzZ6PY930SWpy
        E7y0/pWuWJ0Tl2bkJQGyD35uK2gmburP3iJUTkj0zbTy3AK3tFpV0iUUuLZqp/4k
        QGujUzBRMB0GA1UdDgQWBBTnETGUVSa/PsZ66s8jEJ+bwaMoUjAfBgNVHSMEGDAW
        gBTnETGUVSa/PsZ66s8jEJ+bwaMoUjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49
        BAMCA0cAMEQCIF20YgYdfbl6mUshRZDC2gXDiQzyaKIsFl3o8JIgAZ2gAiAHudRt
        lhbL0Y77rtJqL1vPX1BNbgu6W6vjQUL70OW8Hg==
        -----END CERTIFICATE-----
        """

    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBtjCCAV2gAwIBAgIUAnU1Zcz9fkhduN8tsO8DwsLOooUwCgYIKoZIzj0EAwIw
        ITEfMB0GA1UEAwwWTWFydGxldCB0ZXN0IGF1dGhvcml0eTAgFw0yNjExMjIyMzEx
        NTBaGA8yMTI2MTAyOTIzMTE1MFowFDESMBAGA1UEAwwJMTI3LjAuMC4xMFkwEwYH
        KoZIzj0CAQYIKoZIzj0DAQcDQgAEzJtWvjMOpmmoUTY6V/IixJSFrB9C4Xxl7wRG
        EStM1Lz+BLzJ37n4zDp3pCggOwqVuDZjibj316IeXXzcMWfVcaN+MHwwGgYDVR0R
        BBMwEYcEfwAAAYIJbG9jYWxob3N0MAkGA1UdEwQCMAAwEwYDVR0lBAwwCgYIKwYB
        BQUHAwEwHQYDVR0OBBYEFCfJ0MHEnq/99xNjPxt5JZcjhhABMB8GA1UdIwQYMBaA
        FOcRMZRVJr8+xnrqzyMQn5vBoyhSMAoGCCqGSM49BAMCA0cAMEQCIAuNO73MEsEM
        JU71Fsr1Hf77do4tNe2XSC8TjsXtZb8aAiAhBqMNBe1TG78jDHQi3jYPC8Z0Lh3G
        osslqVc2yNj7LA==
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgs8IJKOHKHCj63RUr
        sbRE4SYQcYPP4Dq+IGPITjKQQl+hRANCAATMm1a+Mw6maahRNjpX8iLElIWsH0Lh
        fGXvBEYRK0zUvP4EvMnfufjMOnekKCA7CpW4NmOJuPfXoh5dfNwxZ9Vx
        -----END PRIVATE KEY-----
        """
}
