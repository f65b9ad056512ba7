import MartletAuthn
import MartletEgress
import NIOCore
import NIOPosix
import Testing

@Suite("TLS to the outside")
struct TLSTests {
    @Test("is made with an upstream whose certificate chains to the configured authority, and the connection is kept")
    func trusted() async throws {
        let server = try await TestServer.start(tls: TestAuthority.server(), Wire.echo)
        try await TestAuthority.withFile { (authority) async throws in
            for host in ["127.0.0.1", "localhost"] {
                let upstream = try Fixture.upstream("https://\(host):\(server.port)/mcp") {
                    $0.certificateAuthorities = authority
                }
                #expect(try await upstream.call("pay", #"{"n":1}"#).answer?.contains(#"{"n":1}"#) == true)
                await upstream.close()
            }
            let keys = try HTTPJWKSSource(
                url: "https://127.0.0.1:\(server.port)/jwks", authorities: authority, group: .singleton)
            _ = try await keys.fetch()
        }
        await server.stop()
    }

    @Test("is refused to a stranger and to another name: nothing was sent", arguments: ["127.0.0.1", "127.0.0.2"])
    func untrusted(host: String) async throws {
        let server = try await TestServer.start(tls: TestAuthority.server(), host: "0.0.0.0", Wire.echo)
        try await TestAuthority.withFile { (authority) async throws in
            let upstream = try Fixture.upstream("https://\(host):\(server.port)/mcp") {
                $0.certificateAuthorities = host == "127.0.0.1" ? nil : authority
            }
            #expect(try await upstream.call("pay").failure?.mayHaveRun == false)
            #expect(server.requests.isEmpty)
            await upstream.close()
        }
        await server.stop()
    }

    @Test("does not start with authorities that cannot be read")
    func missingAuthorities() {
        #expect(throws: EgressError.badTLS("/no/such/file.pem")) {
            try Fixture.upstream("https://127.0.0.1/mcp") { $0.certificateAuthorities = "/no/such/file.pem" }
        }
    }
}
