package import MartletJSON

/// What an upstream says of one of its tasks without being asked (`notifications/tasks`), not looked into yet.
///
/// Two of the same task are the same change: whoever waits for its reader is told how the task stands by then.
/// Source: extension `io.modelcontextprotocol/tasks`, "Task Status Notifications".
package struct TaskChange: Hashable, Sendable {
    /// The upstream's own name of the task.
    package let upstreamID: String
    package let params: JSONValue

    static let method = "notifications/tasks"

    /// Of what is waiting for slow readers nothing is longer: a longer one is not told, and the agent may ask.
    private static let maximumBytes = 64 << 10

    init?(_ params: JSONValue?) {
        guard let params, let id = params.member("taskId")?.string, params.writtenCount <= Self.maximumBytes else {
            return nil
        }
        (upstreamID, self.params) = (id, params)
    }

    package static func == (one: TaskChange, other: TaskChange) -> Bool {
        one.upstreamID.hasSameBytes(as: other.upstreamID)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(Array(upstreamID.utf8)) }
}
