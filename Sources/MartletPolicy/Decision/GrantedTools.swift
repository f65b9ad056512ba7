import MartletCore

/// Whom a list is shown to.
struct Audience: Hashable, Sendable {
    let role: RoleName
    let upstream: UpstreamID

    init(_ role: RoleName, _ upstream: UpstreamID) {
        self.role = role
        self.upstream = upstream
    }
}

/// The tools of one audience, and until when each is granted.
struct GrantedTools: Sendable {
    private let ends: [ToolName: UnixTime]
    private let all: Set<ToolName>
    /// Before this moment `all` is the answer.
    private let firstEnd: UnixTime

    init(_ grants: [Grant]) {
        let tools = grants.compactMap { grant in grant.target.subject.tool.map { ($0, grant.expires) } }
        ends = Dictionary(tools, uniquingKeysWith: max)
        all = Set(ends.keys)
        firstEnd = ends.values.min() ?? UnixTime(microseconds: .min)
    }

    func tools(at now: UnixTime) -> Set<ToolName> {
        now < firstEnd ? all : all.filter { tool in ends[tool].map { now < $0 } ?? false }
    }
}
