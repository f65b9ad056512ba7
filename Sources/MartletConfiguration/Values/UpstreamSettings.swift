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
    /// `stderr` of a command: whether what it writes there goes to the operator's log. Default log, a bounded part of it.
    package let standardError: StandardError
    /// `certificate_authorities` of an https url: a PEM file, in place of the system's authorities. Default the system's.
    package let certificateAuthorities: String?
    /// `tools`: the tools the operator named, with the meaning of their arguments.
    package let tools: [ToolName: ToolBindings.Names]
    /// `tools.<tool>.class`: read, write or high_risk. A tool without one is treated like one that writes.
    package let classes: [ToolName: ToolClass]
    /// `tools.<tool>.search`: places in its arguments by whose values calls can be found. Default none: the index of such
    /// values tells whoever has it which calls have equal ones.
    package var searches: [ToolName: [SearchedPath]] = [:]

    package enum Transport: Sendable {
        /// `command`, `environment_variables` and `limits`: a child process; nothing else of the environment reaches it.
        case command([String], environment: [EnvironmentVariable], limits: ChildLimitSettings)
        /// `url` and `credential`. HTTPS, or plain HTTP on loopback.
        case url(HTTPURL, credential: Credential?)
    }

    package enum StandardError: String, Hashable, Sendable, CaseIterable { case log, drop }

    package enum Era: String, Hashable, Sendable, CaseIterable {
        case auto
        case modern = "2026-07-28"
        case legacy = "2025-11-25"
    }

    /// What each process of a child may take. Keys under `limits` of an upstream with `command`.
    ///
    /// For each process by itself: a child that starts others may take as much again with each. There is no key for CPU
    /// time (the kernel can only kill after a total, and a child lives for months) and none for the number of processes
    /// (the kernel counts all of one user, the gateway's included): both belong to the service's cgroup.
    package struct ChildLimitSettings: Hashable, Sendable {
        /// `descriptors`: open files and sockets, 16 to 1048576. Default 1024, what a program expects to have.
        package let descriptors: Int
        /// `memory`: private writable memory in bytes, 64MiB to 1024GiB. Default 2GiB: the heap of a large interpreter.
        /// Not address space, of which many runtimes reserve far more than they use.
        package let memoryBytes: Int

        package init(descriptors: Int = 1024, memoryBytes: Int = 2 << 30) {
            self.descriptors = descriptors
            self.memoryBytes = memoryBytes
        }
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
