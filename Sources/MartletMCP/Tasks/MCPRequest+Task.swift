package import MartletCore
package import MartletJSON

/// What a request about a task says: the id we gave out, and in `tasks/update` the agent's answers.
package struct TaskParameters: Sendable {
    package let taskID: String
    package let action: TaskRequest.Action
    package let responses: JSONValue?
}

extension Method {
    /// What is to be done with a task; nil for every other method.
    package var taskAction: TaskRequest.Action? {
        switch self {
        case .getTask: .look
        case .updateTask: .answer
        case .cancelTask: .cancel
        case .callTool, .listTools, .readResource, .getPrompt, .complete, .listResources, .listResourceTemplates,
            .listPrompts, .subscribe, .unsubscribe, .setLevel, .ping, .initialize, .discover, .listen, .initialized,
            .cancelled, .progress, .rootsListChanged:
            nil
        }
    }
}

extension MCPRequest {
    /// Reads a request about a task. An agent that did not declare the extension gets -32021, whatever it names.
    package func taskParameters() throws(ProtocolError) -> TaskParameters {
        guard let action = method.taskAction, let params else {
            throw .methodNotFound(method.rawValue, era: era, id: id)
        }
        guard AgentCapabilities(clientCapabilities).kinds.contains(.tasks) else {
            throw .missingCapability(AgentCapabilities([.tasks]), id: id)
        }
        guard let taskID = params.member("taskId")?.string else {
            throw .invalidParams("params.taskId must be a string", era: era, id: id)
        }
        let responses = params.member("inputResponses")
        guard (action == .answer) == (responses != nil), responses == nil || responses?.kind == .object else {
            throw .invalidParams("params.inputResponses must be an object, in tasks/update alone", era: era, id: id)
        }
        return TaskParameters(taskID: taskID, action: action, responses: responses)
    }
}

extension ProtocolError {
    /// The answer for a task that does not exist, has ended upstream, or is another caller's: the same bytes.
    package static func unknownTask(id: RequestID?) -> ProtocolError {
        ProtocolError(
            .unknownTask, code: ErrorCode.invalidParams, status: 400, "Failed to retrieve task: Task not found", id: id)
    }

    package static func missingCapability(_ missing: AgentCapabilities, id: RequestID?) -> ProtocolError {
        ProtocolError(
            .missingCapability, code: ErrorCode.missingCapability, status: 400, "Missing required client capability",
            id: id, requiredCapabilities: missing)
    }
}
