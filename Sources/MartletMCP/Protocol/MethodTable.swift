/// What is true of one method: the only place that says it.
package struct MethodEntry: Sendable {
    package enum Eras: Hashable, Sendable { case both, modern, legacy }

    /// Who may send it. What only a server may send is not in the table: from an agent it is an unknown method.
    package enum Direction: Hashable, Sendable { case fromAgent, either }

    package enum Kind: Hashable, Sendable { case request, notification }

    /// What an authenticated caller needs beside its token.
    package enum Authorization: Hashable, Sendable {
        /// Nothing: the answer is about the connection, not about what is behind it.
        case token
        /// A grant of exactly what the request names.
        case grant
        /// A grant of each item: what the caller may not use is not shown.
        case grantOfEachItem
    }

    /// What the audit log holds of it, refusals aside: those are always recorded.
    package enum Record: Hashable, Sendable {
        case nothing
        /// An intent before it leaves, an outcome before its answer leaves.
        case intentAndOutcome
        /// Which items were shown, and how many were not.
        case list
        case session
        /// That a stream was opened and for what, before its first byte; how it ended.
        case stream
    }

    package let eras: Eras
    package let direction: Direction
    package let kind: Kind
    /// The parameter that `Mcp-Name` must repeat.
    let nameParameter: StaticString?
    package let authorization: Authorization
    package let record: Record
    /// Whether the answer may ask back (`input_required`). Source: MCP 2026-07-28, "Multi Round-Trip Requests".
    package let asksBack: Bool
    /// False for a method that is known but not relayed yet: refused like an unknown one.
    package let isServed: Bool

    private init(
        _ eras: Eras, _ direction: Direction, _ kind: Kind, name: StaticString?, _ authorization: Authorization,
        _ record: Record, asksBack: Bool = false, isServed: Bool = true
    ) {
        self.eras = eras
        self.direction = direction
        self.kind = kind
        nameParameter = name
        self.authorization = authorization
        self.record = record
        self.asksBack = asksBack
        self.isServed = isServed
    }

    /// An access to something of the upstream: decided and recorded before it is sent.
    static func call(_ eras: Eras = .both, name: StaticString? = nil, asksBack: Bool = false) -> MethodEntry {
        MethodEntry(eras, .fromAgent, .request, name: name, .grant, .intentAndOutcome, asksBack: asksBack)
    }

    static func list(_ eras: Eras = .both) -> MethodEntry {
        MethodEntry(eras, .fromAgent, .request, name: nil, .grantOfEachItem, .list)
    }

    /// About the conversation itself.
    static func connection(_ eras: Eras, record: Record = .nothing) -> MethodEntry {
        MethodEntry(eras, .fromAgent, .request, name: nil, .token, record)
    }

    /// A standing stream: what the caller may not use is not told.
    static func stream(_ eras: Eras) -> MethodEntry {
        MethodEntry(eras, .fromAgent, .request, name: nil, .grantOfEachItem, .stream)
    }

    static func notification(_ eras: Eras, _ direction: Direction = .fromAgent) -> MethodEntry {
        MethodEntry(eras, direction, .notification, name: nil, .token, .nothing)
    }

    static func notServed(_ eras: Eras, name: StaticString? = nil) -> MethodEntry {
        MethodEntry(eras, .fromAgent, .request, name: name, .grant, .intentAndOutcome, isServed: false)
    }
}

/// The method table. Source: MCP 2026-07-28, Base Protocol and Transports, "Standard Request Headers"; MCP 2025-11-25;
/// extension `io.modelcontextprotocol/tasks`.
extension Method {
    package var entry: MethodEntry {
        switch self {
        case .callTool, .getPrompt: .call(name: "name", asksBack: true)
        case .readResource: .call(name: "uri", asksBack: true)
        case .complete: .call()
        case .subscribe, .unsubscribe: .call(.legacy)
        case .listTools, .listPrompts, .listResources, .listResourceTemplates: .list()
        case .discover: .connection(.modern)
        case .initialize: .connection(.legacy, record: .session)
        case .ping, .setLevel: .connection(.legacy)
        case .initialized, .rootsListChanged: .notification(.legacy)
        case .cancelled, .progress: .notification(.both, .either)
        case .listen: .stream(.modern)
        case .getTask, .updateTask, .cancelTask: .call(.modern, name: "taskId")
        }
    }

    /// Whether the method exists in `era`: removed methods are refused in the modern era although legacy agents get them.
    package func exists(in era: ProtocolEra) -> Bool {
        switch entry.eras {
        case .both: true
        case .modern: era == .modern
        case .legacy: era == .legacy
        }
    }

    /// Whether messages of this method carry no id and get no reply.
    package var isNotification: Bool { entry.kind == .notification }

    package var asksBack: Bool { entry.asksBack }

    /// The parameter that `Mcp-Name` must repeat.
    var nameParameter: StaticString? { entry.nameParameter }
}
