package import MartletCore
package import MartletPolicy

/// One MCP server behind the gateway. Keys of an element of `upstreams`.
package struct UpstreamSettings: Sendable {
    /// `name`: also the last part of its route.
    package let name: UpstreamID
    package let transport: Transport
    /// `era`: auto, or the protocol version to speak. Default auto.
    package let era: Era
    /// `timeout`: longest wait for one answer, 1s to 5m. Default 30s.
    package let timeout: Seconds
    /// `tools`: the tools the operator named, with the meaning of their arguments.
    package let tools: [ToolName: ToolBindings.Names]

    package enum Transport: Sendable {
        /// `command` and `environment_variables`: a child process; nothing else of the environment reaches it.
        case command([String], environment: [EnvironmentVariable])
        /// `url` and `credential`. HTTPS, or plain HTTP on loopback.
        case url(HTTPURL, credential: Credential?)
    }

    package enum Era: String, Hashable, Sendable, CaseIterable {
        case auto
        case modern = "2026-07-28"
        case legacy = "2025-11-25"
    }

    package struct EnvironmentVariable: Sendable {
        package let name: String
        package let value: Secret
    }

    /// The gateway's own credential for one upstream; never derived from a caller's.
    package struct Credential: Sendable {
        package let header: String
        package let prefix: String
        package let value: Secret
    }
}
