package import MartletCore

extension UpstreamProfile {
    /// How all upstreams of the aggregated route present themselves together: every feature that one of them has, and
    /// the instructions of each under its name. The server is the gateway itself.
    package init(union profiles: [(id: UpstreamID, profile: UpstreamProfile)]) {
        let features = profiles.reduce(into: Set<ServerFeature>()) { $0.formUnion($1.profile.features) }
        let instructions = profiles.compactMap { id, profile in
            profile.instructions.map { "# \(id)\n\n\($0)" }
        }
        self.init(
            features: features.isEmpty ? [.tools] : features,
            instructions: instructions.isEmpty ? nil : instructions.joined(separator: "\n\n"),
            tellsChanges: false, offersTasks: profiles.contains { $0.profile.offersTasks })
    }
}
