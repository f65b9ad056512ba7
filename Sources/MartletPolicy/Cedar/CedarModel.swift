import MartletCedar
import MartletCore

/// The words of the entity model: who, what and on what, as policies name them. Source: ADR-0019.
enum CedarModel {
    static let role = EntityType(known: "Role")
    static let agent = EntityType(known: "Agent")
    static let user = EntityType(known: "User")
    static let upstream = EntityType(known: "Upstream")
    static let prompt = EntityType(known: "Prompt")
    static let resource = EntityType(known: "McpResource")
    static let grant = EntityType(known: "Grant")
    private static let action = EntityType(known: "Action")

    static func action(_ id: Text) -> EntityUID { EntityUID(type: action, id: id) }

    /// The group of all tools that the configuration or a grant names.
    static let callTool = action("tools/call")
    static let getPrompt = action("prompts/get")
    static let readResource = action("resources/read")
    static let lookAtTask = action("tasks/get")
    /// The group of answers to tasks; each tool has its own action in it.
    static let answerTask = action("tasks/update")
    static let cancelTask = action("tasks/cancel")

    /// What no tool may be called together with its upstream.
    static let reserved: Set<String> = [
        "tools/call", "prompts/get", "resources/read", "tasks/get", "tasks/update", "tasks/cancel",
    ]

    /// Answers to the tasks of one tool: an action of their own, because they need the tool's approval.
    static func answer(to tool: ToolName, on upstream: UpstreamID) -> EntityUID {
        action(Text(id(of: tool, on: upstream) + "/tasks/update"))
    }

    static func id(of tool: ToolName, on upstream: UpstreamID) -> String { "\(upstream)/\(tool)" }

    static func uid(_ role: RoleName) -> EntityUID { EntityUID(type: self.role, id: Text(role.rawValue)) }
    static func uid(_ upstream: UpstreamID) -> EntityUID {
        EntityUID(type: self.upstream, id: Text(upstream.rawValue))
    }
    static func uid(_ grant: GrantID) -> EntityUID { EntityUID(type: self.grant, id: Text(grant.rawValue)) }
    static func agent(_ subject: SubjectID) -> EntityUID { EntityUID(type: agent, id: Text(subject.rawValue)) }
    static func user(_ subject: SubjectID) -> EntityUID { EntityUID(type: user, id: Text(subject.rawValue)) }

    /// A prompt or resource is one of its upstream: `Prompt::"erp/monthly report"`.
    static func prompt(_ name: PromptName, on upstream: UpstreamID) -> EntityUID {
        EntityUID(type: prompt, id: Text("\(upstream)/\(name)"))
    }
    static func resource(_ uri: ResourceURI, on upstream: UpstreamID) -> EntityUID {
        EntityUID(type: resource, id: Text("\(upstream)/\(uri)"))
    }
}

extension Datetime {
    /// Rounded down to the millisecond, the unit of Cedar: ends that fall between two come earlier, never later.
    init(_ time: UnixTime) {
        let rest = time.microseconds % 1_000
        self.init(milliseconds: time.microseconds / 1_000 - (rest < 0 ? 1 : 0))
    }
}
