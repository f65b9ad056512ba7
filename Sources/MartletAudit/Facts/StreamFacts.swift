package import MartletCore

/// A standing stream: who hears what of which upstreams while nobody calls.
package struct StreamFacts: Sendable {
    /// Names the stream in both of its records.
    package var id: CallID
    package var principal: Principal
    /// One, or on the aggregated route all that the caller could use when it was opened, in the order of their names.
    package var upstreams: [UpstreamID]
    /// `subscriptions/listen`, or `GET` in a session.
    package var method: String
    /// Digest of the session id; nil in the modern era.
    package var session: Digest?
    /// The lists whose changes are told, by name.
    package var lists: [String]
    /// The resources whose updates are told, as the route spells them. A session adds and removes resources later, by calls of their own.
    package var resources: [String]
    /// The resources the caller asked for and may not hear of, in its own words.
    package var refused: [String]
    /// The calls that began the tasks it tells of.
    package var tasks: [CallID]
    package var context: CallContext

    package init(
        id: CallID, principal: Principal, upstreams: [UpstreamID], method: String, session: Digest?, lists: [String],
        resources: [String], refused: [String], tasks: [CallID] = [], context: CallContext
    ) {
        self.id = id
        self.principal = principal
        self.upstreams = upstreams
        self.method = method
        self.session = session
        self.lists = lists
        self.resources = resources
        self.refused = refused
        self.tasks = tasks
        self.context = context
    }
}

/// Why a standing stream ended. Raw values stand in records: never renamed or reused.
package enum StreamEnd: String, Hashable, Sendable, CaseIterable {
    /// The agent closed its connection, or the connection broke.
    case agentLeft = "agent_left"
    /// The token that opened it is no longer valid.
    case tokenExpired = "token_expired"
    /// The token, or somebody it names, was revoked.
    case revoked = "revoked"
    /// The session it belongs to ended.
    case sessionEnded = "session_ended"
    /// The gateway stops.
    case shutdown = "shutdown"
    /// It could not be begun after its record, or was dropped.
    case abandoned = "abandoned"
}

/// How a standing stream ended, and what it carried.
struct StreamEnding: Sendable {
    let facts: StreamFacts
    /// Where its opening stands.
    let opened: UInt64
    let end: StreamEnd
    let at: UnixTime
    /// Notifications that were sent.
    let sent: Int
}
