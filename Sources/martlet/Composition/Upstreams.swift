import Logging
import MartletAuthn
import MartletConfiguration
import MartletCore
import MartletEgress
import MartletMCP
import NIOCore
import NIOPosix

/// Builds the ways out from the configuration.
struct Upstreams {
    let group: MultiThreadedEventLoopGroup
    let logger: Logger
    let maximumAnswerBytes: Int

    var ends: ChildEnds?

    func make(_ settings: UpstreamSettings, _ eras: PinnedEras? = nil) throws(StartFailure) -> any Upstream {
        do {
            switch settings.transport {
            case .command(let command, let environment, let limits):
                return try stdio(settings, command, environment, limits, eras)
            case .url(let url, let credential): return try http(settings, url, credential, eras)
            }
        } catch {
            throw StartFailure("upstream \(settings.name): \(error)")
        }
    }

    /// A tool that nobody is offered, and nobody can call: its operator may not know.
    private func report(_ upstream: UpstreamID) -> LeftOutReport {
        { [logger] tool in
            logger.warning(
                "tool is not offered",
                metadata: ["upstream": "\(upstream)", "tool": "\(tool.name)", "why": "\(tool.defect.rawValue)"])
        }
    }

    func keys(_ source: IssuerSettings.KeySource) throws(StartFailure) -> any JWKSSource {
        switch source {
        case .file(let path): return FileJWKSSource(path: path)
        case .url(let url):
            do {
                return try HTTPJWKSSource(url: url.text, group: group)
            } catch {
                throw StartFailure("jwks_url \(url.text): \(error)")
            }
        }
    }

    private func stdio(
        _ settings: UpstreamSettings, _ command: [String], _ environment: [UpstreamSettings.EnvironmentVariable],
        _ limits: UpstreamSettings.ChildLimitSettings, _ eras: PinnedEras?
    ) throws(EgressError) -> any Upstream {
        let variables = Dictionary(environment.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        var stdio = StdioUpstreamSettings(command: try StdioCommand(command, environment: variables))
        stdio.supervision.limits = ChildLimits(descriptors: limits.descriptors, memoryBytes: limits.memoryBytes)
        stdio.era = eras?.choice(for: settings) ?? settings.era.choice
        stdio.eraReport = eras?.report
        stdio.logsStandardError = settings.standardError == .log
        stdio.ended = ends?.report(of: settings.name)
        stdio.leftOutReport = report(settings.name)
        stdio.timeout = .seconds(settings.timeout.count)
        stdio.maximumLineBytes = maximumAnswerBytes
        return StdioUpstream(id: settings.name, settings: stdio, group: group, logger: logger)
    }

    private func http(
        _ settings: UpstreamSettings, _ url: HTTPURL, _ credential: UpstreamSettings.Credential?, _ eras: PinnedEras?
    ) throws(EgressError) -> any Upstream {
        var http = HTTPUpstreamSettings(endpoint: try Endpoint(url.text))
        http.era = eras?.choice(for: settings) ?? settings.era.choice
        http.eraReport = eras?.report
        http.certificateAuthorities = settings.certificateAuthorities
        http.leftOutReport = report(settings.name)
        http.timeout = .seconds(settings.timeout.count)
        http.maximumAnswerBytes = maximumAnswerBytes
        if let credential {
            http.credential = try EgressCredential(
                header: credential.header, prefix: credential.prefix, secret: credential.value)
        }
        return try HTTPUpstream(id: settings.name, settings: http, group: group)
    }
}
