import Logging
import MartletConfiguration
import MartletCore
import MartletEgress
import MartletMCP
import NIOCore
import NIOPosix

/// What the one upstream offers at this moment: each entry becomes a grant.
struct UpstreamOffer {
    /// A grant's subject: the key of the grant that names it, and the name.
    struct Entry: Hashable, Sendable {
        let form: String
        let name: String
    }

    let entries: [Entry]

    /// Asks the upstream of `configuration` once, over a connection of its own.
    static func ask(_ configuration: GatewayConfiguration) async throws(StartFailure) -> UpstreamOffer {
        guard let settings = configuration.upstreams.first, let caller = Principal.gateway else {
            throw StartFailure("no upstream")
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let logger = Logger(label: "martlet") { StreamLogHandler.standardError(label: $0) }
        let ways = Upstreams(group: group, logger: logger, maximumAnswerBytes: configuration.limits.responseBytes)
        let upstream = try ways.make(settings)
        let listed = await upstream.listTools(for: caller)
        await upstream.close()
        do { try await group.shutdownGracefully() } catch { throw StartFailure("\(error)") }
        switch listed {
        case .success(let tools):
            return UpstreamOffer(entries: tools.map { Entry(form: "tool", name: $0.name.rawValue) })
        case .failure(let failure): throw StartFailure("the upstream does not list its tools: \(failure)")
        }
    }
}
