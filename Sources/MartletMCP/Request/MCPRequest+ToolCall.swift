package import MartletCore
package import MartletJSON

/// The tool and the exact arguments of one `tools/call`.
package struct ToolCallRequest: Sendable {
    package let name: ToolName
    /// The `arguments` object, or nil when the caller sent none.
    package let arguments: JSONValue?
    /// SHA-256 of the RFC 8785 bytes of `arguments`, of `{}` when there are none.
    package let digest: Digest
}

extension MCPRequest {
    /// Reads the call, or says what is wrong with it.
    ///
    /// A name outside our alphabet is answered like an unknown tool: no upstream of ours offers it.
    package func toolCall() throws(ProtocolError) -> ToolCallRequest {
        guard method == .callTool, let params else { throw invalidParams("params must name a tool") }
        guard let text = params.member("name")?.string else { throw invalidParams("params.name must be a string") }
        if params.member("requestState") != nil || params.member("inputResponses") != nil {
            throw .invalidRequestState(era: era, id: id)
        }
        guard let name = ToolName(text) else { throw .unknownTool(text, era: era, id: id) }
        let arguments = params.member("arguments")
        guard arguments == nil || arguments?.kind == .object else {
            throw invalidParams("params.arguments must be an object")
        }
        return ToolCallRequest(name: name, arguments: arguments, digest: try digest(of: arguments))
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

    private func invalidParams(_ message: String) -> ProtocolError { .invalidParams(message, era: era, id: id) }
}
