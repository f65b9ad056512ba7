package import MartletJSON

/// What is never kept of the arguments and results of a tool.
package struct RedactionRule: Hashable, Sendable {
    package let upstream: UpstreamID
    /// Nil for everything of the upstream.
    package let tool: ToolName?
    package let arguments: [RedactionPath]
    package let results: [RedactionPath]

    package init(
        upstream: UpstreamID, tool: ToolName?, arguments: [RedactionPath], results: [RedactionPath]
    ) {
        self.upstream = upstream
        self.tool = tool
        self.arguments = arguments
        self.results = results
    }
}

/// A JSON Pointer in which `*` stands for every element of an array and every member of an object. Source: RFC 6901.
package struct RedactionPath: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    let tokens: [String]

    package init?(_ text: String) {
        guard let pointer = JSONPointer(text) else { return nil }
        description = text
        tokens = pointer.tokens
    }

    /// Whether the value there, or one that it stands in, is replaced.
    package func covers(_ place: JSONPointer) -> Bool {
        guard tokens.count <= place.tokens.count else { return false }
        return zip(tokens, place.tokens).allSatisfy { $0 == "*" || $0.utf8.elementsEqual($1.utf8) }
    }
}

/// One place that was replaced before anything was kept. Never the value.
package struct Redaction: Hashable, Sendable {
    /// Behind `/args` or `/result`; a key that is no plain name is `*`.
    package let path: String
    /// `configured`, or what the value looked like (`SecretScanner.Kind`).
    package let rule: String

    package init(path: String, rule: String) {
        self.path = path
        self.rule = rule
    }
}
