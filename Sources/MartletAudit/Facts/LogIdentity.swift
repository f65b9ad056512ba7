package import MartletCore

/// Which gateway writes the log; part of every record.
package struct LogIdentity: Sendable, Hashable {
    package let node: String
    package let environment: EnvironmentName
    package let posture: String

    package init(node: String, environment: EnvironmentName, posture: String) {
        self.node = node
        self.environment = environment
        self.posture = posture
    }
}
