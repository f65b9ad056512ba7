import MartletCore
import MartletEgress
import MartletMCP
import NIOCore
import NIOPosix

extension Fixture {
    /// An upstream on `server`, its limits small enough for tests; `change` alters what matters to the test.
    static func upstream(
        _ url: String, era: EraChoice = .fixed(.modern), group: any EventLoopGroup = Fixture.group,
        _ change: (inout HTTPUpstreamSettings) -> Void = { _ in }
    ) throws -> HTTPUpstream {
        var settings = HTTPUpstreamSettings(endpoint: try Endpoint(url))
        settings.era = era
        settings.timeout = .seconds(10)
        settings.maximumAnswerBytes = 64 << 10
        change(&settings)
        return try HTTPUpstream(id: try upstreamID(), settings: settings, group: group)
    }

    /// A server with `script`, an upstream on it, and the end of both.
    static func with(
        _ script: @escaping TestServer.Script, era: EraChoice = .fixed(.modern),
        group: any EventLoopGroup = Fixture.group, _ change: (inout HTTPUpstreamSettings) -> Void = { _ in },
        body: (TestServer, HTTPUpstream) async throws -> Void
    ) async throws {
        let server = try await TestServer.start(script)
        let upstream = try upstream(server.url, era: era, group: group, change)
        do {
            try await body(server, upstream)
        } catch {
            await end(server, upstream)
            throw error
        }
        await end(server, upstream)
    }

    private static func end(_ server: TestServer, _ upstream: HTTPUpstream) async {
        server.release()
        await upstream.close()
        await server.stop()
    }
}
