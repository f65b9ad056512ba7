import MartletCore
import MartletEgress
import Testing

@Suite("an endpoint")
struct EndpointTests {
    @Test(
        "is read from an http or https URL",
        arguments: [
            ("http://127.0.0.1:9000/mcp", false, "127.0.0.1", 9000, "/mcp", true),
            ("https://IDP.example.com", true, "idp.example.com", 443, "/", false),
            ("https://idp.example.com:8443/a/b?c=d", true, "idp.example.com", 8443, "/a/b?c=d", false),
            ("http://[::1]:80/", false, "::1", 80, "/", true), ("http://localhost", false, "localhost", 80, "/", true),
            ("http://erp?x", false, "erp", 80, "/?x", false), ("http://127.8.9.1", false, "127.8.9.1", 80, "/", true),
            ("http://localhost.example.com", false, "localhost.example.com", 80, "/", false),
        ])
    func reads(url: String, isEncrypted: Bool, host: String, port: Int, target: String, isLoopback: Bool) throws {
        let endpoint = try Endpoint(url)
        #expect(endpoint.isEncrypted == isEncrypted)
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
        #expect(endpoint.target == target)
        #expect(endpoint.isLoopback == isLoopback)
    }

    @Test(
        "is refused when two readers could understand it differently",
        arguments: [
            "", "erp", "ftp://erp/", "HTTP://erp/", "http://", "http:///x", "http://user@erp/", "http://a:b@erp/",
            "http://erp/#x", "http://erp /", "http://erp/\r\nx: y", "http://erp:0/", "http://erp:70000/",
            "http://erp:/",
            "http://erp:8x/", "http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://[::1", "http://[x]/",
            "http://[127.0.0.1]/", "http://[fe80::1%25eth0]/", "http://a..b/", "http://%6c/", "http://erp\\@x/",
            "http://räksmörgås/", "http://127.0.0.01/",
        ])
    func refuses(url: String) {
        #expect(throws: EgressError.badURL(url)) { try Endpoint(url) }
    }
}

@Suite("a credential of an upstream")
struct EgressCredentialTests {
    @Test(
        "cannot break out of its header, nor take the place of one that the gateway sets",
        arguments: ["", "a b", "a:b", "a\r\nb", "Host", "Content-Length", "transfer-encoding", "Mcp-Name", "é"])
    func badHeader(name: String) {
        #expect(throws: EgressError.badCredentialHeader(name)) {
            try EgressCredential(header: name, prefix: "", secret: Secret("x"))
        }
    }

    @Test(
        "is not empty and has no line break",
        arguments: [("", ""), ("", "a\nb"), ("", "a\r"), ("x\r\n", "a"), ("", "\0")])
    func badValue(prefix: String, value: String) {
        #expect(throws: EgressError.badCredentialValue) {
            try EgressCredential(header: "Authorization", prefix: prefix, secret: Secret(value))
        }
    }

    @Test("is not printed")
    func isNotPrinted() throws {
        let credential = try EgressCredential(header: "X-Key", prefix: "Bearer ", secret: Secret("s3cret"))
        var dumped = ""
        dump(credential, to: &dumped)
        #expect(!"\(credential) \(dumped)".contains("s3cret"))
    }

    @Test("does not travel unencrypted beyond this machine")
    func needsEncryption() throws {
        let credential = try EgressCredential(header: "X-Key", prefix: "", secret: Secret("s3cret"))
        #expect(throws: EgressError.credentialOverPlainHTTP(host: "erp.example.com")) {
            try Fixture.upstream("http://erp.example.com/mcp") { $0.credential = credential }
        }
        for url in ["https://erp.example.com/mcp", "http://127.0.0.1/mcp"] {
            _ = try Fixture.upstream(url) { $0.credential = credential }
        }
    }
}
