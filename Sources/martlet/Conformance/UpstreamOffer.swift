import Logging
import MartletConfiguration
import MartletCore
import MartletEgress
import MartletMCP
import MartletPolicy
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
        let answers = await (upstream.listTools(for: caller), others(of: upstream, caller))
        await upstream.close()
        do { try await group.shutdownGracefully() } catch { throw StartFailure("\(error)") }
        switch answers {
        case (.failure(let failure), _): throw StartFailure("the upstream does not list its tools: \(failure)")
        case (_, .failure(let failure)): throw failure
        case (.success(let tools), .success(let more)):
            return UpstreamOffer(entries: tools.map { Entry(form: "tool", name: $0.name.rawValue) } + more)
        }
    }

    /// Prompts, resources and templates; an upstream may have none of a kind.
    private static func others(of upstream: any Upstream, _ caller: Principal) async -> Result<[Entry], StartFailure> {
        var entries: [Entry] = []
        for kind in ListKind.allCases {
            switch await upstream.list(kind, for: caller) {
            case .items(let items, _): entries += items.flatMap { granting($0.subject) }
            case .refused: break
            case .failed(let failure):
                return .failure(StartFailure("the upstream does not list its \(kind): \(failure)"))
            }
        }
        // Two templates in one folder name the same prefix.
        var seen: Set<Entry> = []
        return .success(entries.filter { seen.insert($0).inserted })
    }

    /// A template is named as it is listed; what may be read by it lies below the folder where its variables begin.
    private static func granting(_ subject: CallSubject) -> [Entry] {
        switch subject {
        case .tool(let name): return [Entry(form: "tool", name: name.rawValue)]
        case .prompt(let name): return [Entry(form: "prompt", name: name.rawValue)]
        case .resource(let uri):
            let named = Entry(form: "resource", name: uri.rawValue)
            guard let variable = uri.rawValue.firstIndex(of: "{"),
                let slash = uri.rawValue[..<variable].lastIndex(of: "/"),
                let prefix = ResourcePrefix(String(uri.rawValue[...slash]))
            else { return [named] }
            return [named, Entry(form: "resource_prefix", name: prefix.rawValue)]
        }
    }
}
