import MartletAuthn
import MartletEgress
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@Suite("a key set behind a URL")
struct HTTPJWKSSourceTests {
    static func source(_ url: String, timeout: TimeAmount = .seconds(10)) throws -> HTTPJWKSSource {
        try HTTPJWKSSource(url: url, timeout: timeout, group: .singleton)
    }

    @Test("is fetched as it is, with no credential and nothing but the request")
    func fetches() async throws {
        let server = try await TestServer.start { _ in [.answer(#"{"keys":[]}"#)] }
        let bytes = try await Self.source(server.url).fetch()
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"keys":[]}"#)
        let request = try #require(server.requests.first)
        #expect(request.method == .GET)
        #expect(request.headers.map { $0.name.lowercased() }.sorted() == ["accept", "host", "user-agent"])
        await server.stop()
    }

    @Test("is fetched from the address that answers when the name has several")
    func triesAddresses() async throws {
        let server = try await TestServer.start { _ in [.answer(#"{"keys":[]}"#)] }
        _ = try await Self.source("http://localhost:\(server.port)/jwks").fetch()
        await server.stop()
    }

    @Test("is not had from a name that does not exist")
    func unknownName() async throws {
        await #expect(throws: JWKSError.unreachable("no-such-host.invalid cannot be resolved")) {
            try await Self.source("https://no-such-host.invalid/jwks").fetch()
        }
    }

    @Test(
        "is not taken from another answer",
        arguments: [
            ([.status("302 Found", headers: ["location: /jwks"])], .unreachable("redirect refused (status 302)")),
            ([.status("404 Not Found")], .status(404)), ([.status("401 Unauthorized")], .status(401)),
            ([.answer(String(repeating: "x", count: HTTPJWKSSource.maximumBytes + 1))], .tooLarge),
            ([.close], .unreachable("connection ended")),
        ] as [([ServerAction], JWKSError)])
    func refuses(actions: [ServerAction], error: JWKSError) async throws {
        let server = try await TestServer.start { _ in actions }
        await #expect(throws: error) { try await Self.source(server.url).fetch() }
        #expect(server.requests.count == 1)
        await server.stop()
    }

    @Test("is not waited for beyond the deadline")
    func slow() async throws {
        let server = try await TestServer.start { _ in [.hold] }
        let source = try Self.source(server.url, timeout: .milliseconds(300))
        await #expect(throws: JWKSError.self) { try await source.fetch() }
        await server.stop()
    }

    @Test("is fetched over https, or over http from this machine only")
    func needsEncryption() throws {
        for url in ["http://idp.example.com/jwks", "http://10.0.0.1/jwks", "file:///jwks", "idp.example.com"] {
            #expect(throws: EgressError.badURL(url)) { try Self.source(url) }
        }
        _ = try Self.source("https://idp.example.com/jwks")
    }

    @Test("is not fetched from a link-local address, also when the URL says it")
    func refusesLinkLocal() async throws {
        let source = try Self.source("https://169.254.169.254/latest/meta-data")
        await #expect(throws: JWKSError.unreachable("169.254.169.254: link-local address refused")) {
            try await source.fetch()
        }
    }

    @Test("is given up when the task is cancelled")
    func cancels() async throws {
        let server = try await TestServer.start { _ in [.hold] }
        let source = try Self.source(server.url)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    _ = try await source.fetch()
                    return false
                } catch {
                    return true
                }
            }
            #expect(await eventually { server.holding == 1 })
            group.cancelAll()
            #expect(await group.next() == true)
        }
        await server.stop()
    }
}
