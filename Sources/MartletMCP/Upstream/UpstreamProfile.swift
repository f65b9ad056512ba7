package import MartletJSON

/// What a server can do beside answering: the capabilities that the gateway relays.
package enum ServerFeature: String, Hashable, Sendable, CaseIterable {
    case tools
    case prompts
    case resources
    case completions
    case logging

    /// The feature a method belongs to; nil for methods every server has.
    package init?(_ method: Method) {
        switch method {
        case .callTool, .listTools: self = .tools
        case .getPrompt, .listPrompts: self = .prompts
        case .readResource, .listResources, .listResourceTemplates, .subscribe, .unsubscribe: self = .resources
        case .complete: self = .completions
        case .setLevel: self = .logging
        case .ping, .initialize, .discover, .listen, .getTask, .updateTask, .cancelTask, .initialized, .cancelled,
            .progress, .rootsListChanged:
            return nil
        }
    }

    /// A list changes for a caller also when a grant ends: that is told whatever the upstream can do. Updates of
    /// resources come from the upstream alone.
    func write(to writer: inout JSONWriter, of profile: UpstreamProfile) {
        writer.key(rawValue)
        writer.beginObject()
        switch self {
        case .tools, .prompts: writer.member("listChanged", bool: true)
        case .resources:
            writer.member("subscribe", bool: profile.subscribes)
            writer.member("listChanged", bool: true)
        case .completions, .logging: break
        }
        writer.endObject()
    }
}

/// How a server presents itself in its answer to `server/discover` or `initialize`. Display text, never authority.
package struct UpstreamProfile: Sendable {
    package let features: Set<ServerFeature>
    /// At most 8192 Unicode scalars, control characters but line feed and tab removed.
    package let instructions: String?
    package let server: Implementation?
    /// Whether it tells when a resource changes that somebody subscribed to.
    package let subscribes: Bool
    /// Whether it may answer a call with a task; modern upstreams only.
    package let offersTasks: Bool

    package init(
        features: Set<ServerFeature>, instructions: String? = nil, server: Implementation? = nil,
        subscribes: Bool = false, offersTasks: Bool = false
    ) {
        self.offersTasks = offersTasks
        self.features = features
        self.instructions = instructions
        self.server = server
        self.subscribes = subscribes
    }

    /// Reads either result; nil when it states no capabilities at all.
    package init?(_ result: JSONValue) {
        guard let stated = result.member("capabilities"), stated.kind == .object else { return nil }
        features = Set(ServerFeature.allCases.filter { stated[$0.rawValue]?.kind == .object })
        subscribes = stated.member("resources")?.member("subscribe")?.bool ?? false
        // The answer to `initialize` is that of a session, where the extension does not exist.
        offersTasks = result.member("protocolVersion") == nil && AgentCapabilities.namesTasks(stated)
        instructions = result.member("instructions")?.string.map(Self.display)
        let info = result.member("_meta")?.member(MetaKey.serverInfo) ?? result.member("serverInfo")
        server = info.flatMap { info in
            // Some servers leave their version empty.
            info.member("name")?.displayText.map {
                Implementation(name: $0, version: info.member("version")?.displayText ?? "")
            }
        }
    }

    private static func display(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(8192) {
            let isControl = scalar.value < 0x20 && scalar != "\n" && scalar != "\t"
            if !isControl, !(0x7F...0x9F).contains(scalar.value) { shown.append(scalar) }
        }
        return String(shown)
    }
}
