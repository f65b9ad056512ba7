package import MartletCore
package import MartletJSON

/// What one call asks for, with exactly which arguments.
package struct CallRequest: Sendable {
    /// On the aggregated route, whose it is; nil where the route names the upstream.
    package let upstream: UpstreamID?
    package let subject: CallSubject
    /// The `arguments` object, or nil when the caller sent none. Of a completion: `argument` and `context`.
    package let arguments: JSONValue?
    /// SHA-256 of the RFC 8785 bytes of `arguments`, of `{}` when there are none.
    package let digest: Digest
    /// The agent's answers, and in a later round the state we gave out.
    package let retry: Retry?

    package struct Retry: Sendable {
        /// Nil when the answers come by themselves: then they are part of a new call.
        package let state: String?
        package let responses: JSONValue?
    }
}

extension MCPRequest {
    /// Reads the call, or says what is wrong with it.
    ///
    /// A name outside our alphabets is answered like an unknown one: nothing of that name can be granted.
    package func call(_ naming: Naming = .verbatim) throws(ProtocolError) -> CallRequest {
        guard let params else { throw invalidParams("params must say what is asked for") }
        switch method {
        case .callTool: return try request(try tool(params, naming), arguments: try arguments(params))
        case .getPrompt: return try request(try prompt(params, naming), arguments: try arguments(params))
        case .readResource, .subscribe, .unsubscribe:
            return try request(try resource(params, naming), arguments: nil)
        case .complete: return try request(try reference(params, naming), arguments: try completion(params))
        case .listTools, .listResources, .listResourceTemplates, .listPrompts, .setLevel, .ping, .initialize,
            .discover, .listen, .getTask, .updateTask, .cancelTask, .initialized, .cancelled, .progress,
            .rootsListChanged:
            throw .methodNotFound(method.rawValue, era: era, id: id)
        }
    }

    /// What is asked for, and on the aggregated route of whom.
    private typealias Named = (upstream: UpstreamID?, subject: CallSubject)

    private func request(_ named: Named, arguments: JSONValue?) throws(ProtocolError) -> CallRequest {
        CallRequest(
            upstream: named.upstream, subject: named.subject, arguments: arguments, digest: try digest(of: arguments),
            retry: try retry())
    }

    /// Answers without a state belong to no question of ours: an upstream may take them all the same.
    /// Source: MCP 2026-07-28, "Multi Round-Trip Requests"; `requestState` is optional there.
    private func retry() throws(ProtocolError) -> CallRequest.Retry? {
        let (state, responses) = (params?.member("requestState"), params?.member("inputResponses"))
        guard state != nil || responses != nil else { return nil }
        guard era == .modern, method.asksBack, state == nil || state?.string != nil else {
            throw .invalidRequestState(era: era, id: id)
        }
        guard responses == nil || responses?.kind == .object else {
            throw invalidParams("params.inputResponses must be an object")
        }
        for (_, response) in (responses ?? .emptyObject).members where response.kind != .object {
            throw invalidParams("Each of params.inputResponses must be an object")
        }
        return CallRequest.Retry(state: state?.string, responses: responses)
    }

    private func tool(_ params: JSONValue, _ naming: Naming) throws(ProtocolError) -> Named {
        let text = try text("name", of: params)
        guard text.utf8.count <= Naming.maximumBytes, let (upstream, rest) = naming.read(text),
            let name = ToolName(rest)
        else { throw .unknownTool(text, era: era, id: id) }
        return (upstream, .tool(name))
    }

    private func prompt(_ params: JSONValue, _ naming: Naming) throws(ProtocolError) -> Named {
        let text = try text("name", of: params)
        guard text.utf8.count <= Naming.maximumBytes, let (upstream, rest) = naming.read(text),
            let name = PromptName(rest)
        else { throw .unknownPrompt(text, era: era, id: id) }
        return (upstream, .prompt(name))
    }

    private func resource(_ params: JSONValue, _ naming: Naming) throws(ProtocolError) -> Named {
        let text = try text("uri", of: params)
        guard let (upstream, rest) = naming.read(text), let uri = ResourceURI(rest) else {
            throw .resourceNotFound(text, era: era, id: id)
        }
        return (upstream, .resource(uri))
    }

    /// The prompt or the resource (template) whose argument is to be completed.
    private func reference(_ params: JSONValue, _ naming: Naming) throws(ProtocolError) -> Named {
        guard let reference = params.member("ref"), reference.kind == .object,
            Lookalikes.find(in: reference, of: ["type", "name", "uri"]) == nil
        else { throw invalidParams("params.ref must be a reference") }
        if reference.member("type")?.isString("ref/prompt") == true { return try prompt(reference, naming) }
        if reference.member("type")?.isString("ref/resource") == true { return try resource(reference, naming) }
        throw invalidParams("params.ref.type must be \"ref/prompt\" or \"ref/resource\"")
    }

    private func arguments(_ params: JSONValue) throws(ProtocolError) -> JSONValue? {
        let arguments = params.member("arguments")
        guard arguments == nil || arguments?.kind == .object else {
            throw invalidParams("params.arguments must be an object")
        }
        return arguments
    }

    /// `argument` and `context` as one object: what is decided on, recorded and written anew.
    private func completion(_ params: JSONValue) throws(ProtocolError) -> JSONValue {
        guard let argument = params.member("argument"), argument.member("name")?.string != nil,
            argument.member("value")?.string != nil
        else { throw invalidParams("params.argument must have a name and a value") }
        let context = params.member("context")
        guard context == nil || context?.kind == .object else {
            throw invalidParams("params.context must be an object")
        }
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("argument", value: argument)
        if let context { writer.member("context", value: context) }
        writer.endObject()
        do {
            return try JSONValue.parse(writer.bytes)
        } catch {
            throw invalidParams("params.argument: \(error.reason)")
        }
    }

    private static let emptyObjectDigest = Digest(of: Array("{}".utf8))

    private func digest(of arguments: JSONValue?) throws(ProtocolError) -> Digest {
        guard let arguments else { return Self.emptyObjectDigest }
        do {
            return Digest(of: try arguments.canonical())
        } catch {
            throw invalidParams("params.arguments: \(error.reason)")
        }
    }

    private func text(_ key: StaticString, of object: JSONValue) throws(ProtocolError) -> String {
        guard let text = object.member(key)?.string else { throw invalidParams("params.\(key) must be a string") }
        return text
    }

    private func invalidParams(_ message: String) -> ProtocolError { .invalidParams(message, era: era, id: id) }
}
