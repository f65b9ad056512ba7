package import MartletCore

extension UpstreamProfile {
    /// How all upstreams of the aggregated route present themselves together: every feature that one of them has, and
    /// the instructions of each under its name, quoted, so that no text can begin the part of another upstream. The server is
    /// the gateway itself.
    package init(union profiles: [(id: UpstreamID, profile: UpstreamProfile)]) {
        let features = profiles.reduce(into: Set<ServerFeature>()) { $0.formUnion($1.profile.features) }
        let instructions = profiles.compactMap { id, profile in
            profile.instructions.map { "# \(id)\n\n\(Self.quoted($0))" }
        }
        self.init(
            features: features.isEmpty ? [.tools] : features,
            instructions: instructions.isEmpty ? nil : instructions.joined(separator: "\n\n"),
            subscribes: profiles.contains { $0.profile.subscribes },
            offersTasks: profiles.contains { $0.profile.offersTasks })
    }

    /// Every line of the text as a Markdown quotation, whatever it takes for the end of a line.
    private static func quoted(_ text: String) -> String {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { "> \($0)" }.joined(
            separator: "\n")
    }
}
