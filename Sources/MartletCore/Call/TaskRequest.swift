/// A request about a task that an earlier call began.
///
/// Source: extension `io.modelcontextprotocol/tasks`, 2026-07-28; ADR-0015.
package struct TaskRequest: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        /// How it stands, and its result (`tasks/get`).
        case look
        /// Answers to what the task asks (`tasks/update`).
        case answer
        /// To give it up (`tasks/cancel`).
        case cancel
    }

    package let task: TaskReference
    package let action: Action

    package init(_ action: Action, of task: TaskReference) {
        self.task = task
        self.action = action
    }
}

/// One task of an upstream: what the upstream calls it, and the call that it answered with the task.
package struct TaskReference: Hashable, Sendable {
    package let upstream: UpstreamID
    /// The upstream's own `taskId`, byte for byte; 1 to 1024 bytes.
    package let upstreamID: String
    package let call: CallID
    package let tool: ToolName
    /// The grant by which the call was permitted.
    package let grant: String
    /// Of the call's arguments.
    package let argumentDigest: Digest

    package init?(
        upstream: UpstreamID, upstreamID: String, call: CallID, tool: ToolName, grant: String, argumentDigest: Digest
    ) {
        guard Self.isPossible(upstreamID) else { return nil }
        self.upstream = upstream
        self.upstreamID = upstreamID
        self.call = call
        self.tool = tool
        self.grant = grant
        self.argumentDigest = argumentDigest
    }

    package static func isPossible(_ upstreamID: String) -> Bool { (1...1024).contains(upstreamID.utf8.count) }
}

/// How a task stands. Raw values are those of the wire, and stand in records.
package enum TaskStatus: String, Hashable, Sendable, CaseIterable {
    case working
    case inputRequired = "input_required"
    case completed
    case failed
    case cancelled
}
