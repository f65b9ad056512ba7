package import MartletCore
package import MartletJSON

/// How an upstream says that a task stands, checked before any of it is relayed.
///
/// Of the members that another status would carry (`result`, `error`, `inputRequests`) only that of its own status is
/// kept: what was not checked does not get through. Source: extension `io.modelcontextprotocol/tasks`, "Tasks".
package struct TaskState: Sendable {
    package let upstreamID: String
    package let status: TaskStatus
    /// What an agent must have declared for all questions of the task.
    package let needs: AgentCapabilities
    private let value: JSONValue
    private let form: Form
    private let result: CallResult?
    private let error: (code: Int, message: String)?

    /// Where it is said.
    private enum Form: Hashable, Sendable {
        /// In the answer to the call that became a task: then it has no payload.
        case begun
        /// In the answer to a look.
        case looked
        /// In a notification.
        case told
    }

    /// Whether a result says that the call has become a task.
    package static func isClaimed(by value: JSONValue) -> Bool {
        value.kind == .object && value.member("resultType")?.isString("task") == true
    }

    /// The answer to a call by which a task begins.
    package init(created value: JSONValue) throws(CallResult.Defect) { self = try TaskState(value, .begun) }

    /// The answer to `tasks/get` about the task `upstreamID`.
    package init(_ value: JSONValue, of upstreamID: String) throws(CallResult.Defect) {
        self = try TaskState(value, .looked)
        guard self.upstreamID.hasSameBytes(as: upstreamID) else { throw .badMember }
    }

    /// What was told of a task; the same as the answer to a look would be.
    package init(told change: TaskChange) throws(CallResult.Defect) { self = try TaskState(change.params, .told) }

    private init(_ value: JSONValue, _ form: Form) throws(CallResult.Defect) {
        guard value.kind == .object else { throw .notAnObject }
        guard Lookalikes.find(in: value, of: Self.members) == nil else { throw .lookalikeKey }
        guard let id = value.member("taskId")?.string, TaskReference.isPossible(id),
            let status = value.member("status")?.string.flatMap(TaskStatus.init(exactly:)), Self.isSound(value)
        else { throw .badMember }
        self.value = value
        self.form = form
        let isNew = form == .begun
        upstreamID = id
        self.status = status
        result = isNew || status != .completed ? nil : try Self.result(of: value)
        error = isNew || status != .failed ? nil : try Self.error(of: value)
        needs = isNew || status != .inputRequired ? AgentCapabilities([]) : try Self.needs(of: value)
    }

    /// What an agent would have to declare that it did not; nil when it declared everything.
    package func missing(from agent: AgentCapabilities) -> AgentCapabilities? { needs.missing(from: agent) }

    private static let members = [
        "taskId", "status", "statusMessage", "createdAt", "lastUpdatedAt", "ttlMs", "pollIntervalMs", "inputRequests",
        "result", "error", "resultType", "_meta", "requestState",
    ]

    private static func isSound(_ value: JSONValue) -> Bool {
        let texts = ["createdAt", "lastUpdatedAt"].allSatisfy { value[$0].map { $0.displayText != nil } ?? true }
        let numbers = ["ttlMs", "pollIntervalMs"].allSatisfy { key in
            value[key].map { $0.integer.map { $0 >= 0 } ?? (key == "ttlMs" && $0.isNull) } ?? true
        }
        let type = value.member("resultType").map { $0.isString("complete") || $0.isString("task") } ?? true
        return texts && numbers && type && value.member("statusMessage").map { $0.string != nil } ?? true
            && value.member("_meta").map { $0.kind == .object } ?? true
    }

    /// The result of the call itself, held to what it would be held to as a direct answer.
    private static func result(of value: JSONValue) throws(CallResult.Defect) -> CallResult {
        guard let result = value.member("result") else { throw .badMember }
        return try CallResult(result, of: .callTool)
    }

    private static func error(of value: JSONValue) throws(CallResult.Defect) -> (code: Int, message: String) {
        guard let error = value.member("error"), let code = error.member("code")?.integer,
            let message = error.member("message")?.string
        else { throw .badMember }
        return (Int(code), message)
    }

    private static func needs(of value: JSONValue) throws(CallResult.Defect) -> AgentCapabilities {
        guard let requests = value.member("inputRequests"), requests.kind == .object else { throw .badMember }
        return try InputRequired.needs(of: requests)
    }
}

extension TaskState {
    /// Writes the members of the result object, or of the parameters of a notification; `id` is what the agent calls the task, `error` what it is told of one.
    func write(
        to writer: inout JSONWriter, id: String, spelling: Spelling,
        error relayed: (Int, String) -> (code: Int, message: String), meta: (inout JSONWriter) -> Void
    ) {
        if form != .told { writer.member("resultType", string: form == .begun ? "task" : "complete") }
        writer.member("taskId", string: id)
        writer.member("status", string: status.rawValue)
        if let message = value.member("statusMessage")?.string {
            writer.member("statusMessage", string: message.withoutControls(limit: 1024))
        }
        for (key, member) in value.members where !Self.own.contains(where: { $0.hasSameBytes(as: key) }) {
            writer.key(key)
            writer.value(member)
        }
        writePayload(to: &writer, spelling, error: relayed)
        writer.key("_meta")
        writer.beginObject()
        // That of a notification is about a stream of ours at the upstream.
        if form != .told { CallResult.writeMeta(of: value, to: &writer) }
        meta(&writer)
        writer.endObject()
    }

    /// What is written in our own words, or not at all.
    private static let own = [
        "resultType", "taskId", "status", "statusMessage", "_meta", "result", "error", "inputRequests", "requestState",
        "inputResponses",
    ]

    private func writePayload(
        to writer: inout JSONWriter, _ spelling: Spelling, error relayed: (Int, String) -> (code: Int, message: String)
    ) {
        if let result {
            writer.key("result")
            writer.beginObject()
            result.write(to: &writer, era: .modern, spelling: spelling) { _ in }
            writer.endObject()
        }
        if let error {
            let told = relayed(error.code, error.message)
            writer.key("error")
            writer.beginObject()
            writer.member("code", int: Int64(told.code))
            writer.member("message", string: told.message)
            writer.endObject()
        }
        if form != .begun, status == .inputRequired, let requests = value.member("inputRequests") {
            writer.key("inputRequests")
            InputRequired.write(requests, to: &writer)
        }
    }
}

extension Reply {
    /// Tells the agent how a task stands, under the id it knows.
    package static func task(
        id: RequestID, _ state: TaskState, as handle: String, spelling: Spelling = .verbatim,
        error: (Int, String) -> (code: Int, message: String), meta: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        result(id: id) { writer in state.write(to: &writer, id: handle, spelling: spelling, error: error, meta: meta) }
    }

    /// Tells on a stream how a task stands, under the id its agent knows.
    package static func task(
        told state: TaskState, as handle: String, subscription: RequestID, spelling: Spelling,
        error: (Int, String) -> (code: Int, message: String), meta: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.member("jsonrpc", string: "2.0")
        writer.member("method", string: TaskChange.method)
        writer.key("params")
        writer.beginObject()
        state.write(to: &writer, id: handle, spelling: spelling, error: error) { writer in
            writer.key(MetaKey.subscriptionID)
            subscription.write(to: &writer)
            meta(&writer)
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// Says that an answer or a cancellation was taken. Whatever else the upstream said with it is not part of that.
    package static func taskAcknowledged(id: RequestID, meta: (inout JSONWriter) -> Void) -> [UInt8] {
        result(id: id) { writer in
            writeType(.modern, to: &writer)
            writer.key("_meta")
            writer.beginObject()
            meta(&writer)
            writer.endObject()
        }
    }
}

extension TaskStatus {
    /// The status with exactly these bytes.
    init?(exactly text: String) {
        guard let status = Self.allCases.first(where: { $0.rawValue.hasSameBytes(as: text) }) else { return nil }
        self = status
    }
}

extension String {
    /// The text without control characters, cut to `limit` Unicode scalars.
    fileprivate func withoutControls(limit: Int) -> String {
        var shown = UnicodeScalarView()
        for scalar in unicodeScalars.prefix(limit) where scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) {
            shown.append(scalar)
        }
        return String(shown)
    }
}
