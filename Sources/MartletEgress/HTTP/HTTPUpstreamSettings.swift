package import MartletMCP
package import NIOCore
import NIOSSL

/// Which era an upstream is spoken to in.
package enum EraChoice: Hashable, Sendable {
    /// Asked once, the modern era first, and kept for the life of the process.
    case auto
    /// Found by an earlier process.
    case remembered(ProtocolEra)
    case fixed(ProtocolEra)

    var known: ProtocolEra? {
        switch self {
        case .auto: nil
        case .remembered(let era), .fixed(let era): era
        }
    }
}

/// How to reach one MCP server over HTTP, and how much of anything is allowed.
package struct HTTPUpstreamSettings: Sendable {
    package var endpoint: Endpoint
    package var era = EraChoice.auto
    /// A doubtful answer is followed up at most once in this time.
    package var eraCheckInterval = TimeAmount.seconds(5)
    package var eraReport: EraReport?
    package var leftOutReport: LeftOutReport?
    package var credential: EgressCredential?
    /// PEM file of the authorities the upstream's certificate must chain to; the system's when nil.
    package var certificateAuthorities: String?
    package var client = Implementation(name: "martlet", version: "0.1.0")
    /// From the call's arrival here to the last byte of its answer.
    package var timeout = TimeAmount.seconds(30)
    package var connectTimeout = TimeAmount.seconds(5)
    /// Shorter than the 5 seconds after which common servers close: a call rarely meets a closing connection.
    package var idleLimit = TimeAmount.seconds(4)
    /// One answer, or all events of its stream together.
    package var maximumAnswerBytes = 16 << 20
    /// One event of a standing stream, which has no bound for all of them.
    package var maximumEventBytes = 64 << 10
    package var maximumHeaderBytes = 16 << 10
    package var maximumConnectionsPerLoop = 64
    package var maximumWaitingPerLoop = 256
    package var maximumSessions = 10_000
    package var sessionIdleLimit = TimeAmount.minutes(30)

    package init(endpoint: Endpoint) { self.endpoint = endpoint }

    func check() throws(EgressError) {
        let isExposed = !endpoint.isEncrypted && !endpoint.isLoopback
        guard credential == nil || !isExposed else {
            throw .credentialOverPlainHTTP(host: endpoint.host)
        }
    }

    func pool() throws(EgressError) -> PoolSettings {
        PoolSettings(
            endpoint: endpoint, address: nil,
            tls: endpoint.isEncrypted ? try TLS.client(authorities: certificateAuthorities) : nil,
            maximumConnections: maximumConnectionsPerLoop, maximumWaiting: maximumWaitingPerLoop,
            idleLimit: idleLimit, connectTimeout: connectTimeout,
            limits: AnswerLimits(bodyBytes: maximumAnswerBytes, headerBytes: maximumHeaderBytes))
    }
}

extension HTTPUpstreamSettings {
    /// One connection for each caller that listens. Nothing waits in line for one.
    func streamPool() throws(EgressError) -> PoolSettings {
        var settings = try pool()
        settings.maximumConnections = maximumSessions
        settings.maximumWaiting = 0
        settings.limits.bodyBytes = maximumEventBytes
        return settings
    }
}

/// TLS as a client: 1.2 or later, full verification of chain and name.
enum TLS {
    static func client(
        authorities: String?, protocols: [String] = ["http/1.1"], shutdownTimeout: TimeAmount = .seconds(5)
    ) throws(EgressError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        configuration.applicationProtocols = protocols
        configuration.shutdownTimeout = shutdownTimeout
        if let authorities { configuration.trustRoots = .file(authorities) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .badTLS(authorities ?? "system trust roots")
        }
    }
}
