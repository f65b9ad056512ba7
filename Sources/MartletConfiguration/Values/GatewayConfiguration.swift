package import MartletCore
package import MartletPolicy

/// The validated `martlet.yaml`, version 1: plain values, every default filled in, every path absolute or relative to
/// the working directory, every file it names checked.
///
/// A value of this type exists only when nothing in the file is wrong.
package struct GatewayConfiguration: Sendable {
    /// The file as the operator named it.
    package let file: String
    package let environment: EnvironmentName
    package let posture: Posture
    /// Directory of everything the gateway keeps: `audit/`, `state.sqlite`, `keys/`, `admin.sock`. Made when missing.
    package let state: String
    package let listen: ListenSettings
    package let authentication: AuthenticationSettings
    package let agents: [AgentSettings]
    package let upstreams: [UpstreamSettings]
    package let grants: GrantSettings
    package let policies: PolicySettings
    package let approvals: ApprovalSettings
    package let audit: AuditSettings
    package let limits: LimitSettings
}

/// How much of the gateway's protection an operator promises to use. This release starts only `pilot`.
package enum Posture: String, Hashable, Sendable, CaseIterable {
    case pilot
    case hardened
    case governed

    /// What a posture needs and this release does not have; empty when it can start.
    package var missingConditions: [String] {
        switch self {
        case .pilot: []
        case .hardened: ["approval routing", "alerting"]
        case .governed: Posture.hardened.missingConditions + ["periodic access review", "compliance reports"]
        }
    }
}

/// Why a configuration does not start: everything that is wrong, the configuration's own lines first, each file by line.
package struct ConfigurationErrors: Error, Hashable, Sendable, CustomStringConvertible {
    /// Never empty.
    package let problems: [SourceProblem]

    /// One line for each problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
