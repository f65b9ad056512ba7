package import MartletJSON

/// A place in the arguments of a tool that the operator declares: calls can be found by the value that stands there.
///
/// A JSON Pointer from `arguments` to one value: 2 to 256 bytes of UTF-8 without control characters, and without `=`, where the
/// command line takes `/iban=DE02…` apart. No part is `*`: elsewhere that means every element. Source: RFC 6901, ADR-0033.
package struct SearchedPath: Hashable, Sendable, CustomStringConvertible {
    package let pointer: JSONPointer

    package init?(_ text: String) {
        guard (2...256).contains(text.utf8.count), let pointer = JSONPointer(text),
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "=") }),
            !pointer.tokens.contains(where: { $0.utf8.elementsEqual("*".utf8) })
        else { return nil }
        self.pointer = pointer
    }

    package var description: String { pointer.text }
}

/// The places that the operator declares, of all tools.
package struct SearchedArguments: Hashable, Sendable {
    private let paths: [UpstreamID: [ToolName: [SearchedPath]]]

    package init(_ paths: [UpstreamID: [ToolName: [SearchedPath]]] = [:]) {
        self.paths = paths.mapValues { $0.filter { !$0.value.isEmpty } }.filter { !$0.value.isEmpty }
    }

    package var isEmpty: Bool { paths.isEmpty }

    /// The names of the tools, each once.
    package var tools: [String] { Set(paths.values.flatMap { $0.keys.map(\.rawValue) }).sorted() }

    /// The places of one tool, as a record names it.
    package func paths(of upstream: String?, tool: String?) -> [SearchedPath] {
        guard let upstream = upstream.flatMap(UpstreamID.init), let tool = tool.flatMap(ToolName.init) else {
            return []
        }
        return paths[upstream]?[tool] ?? []
    }

    /// Whether some tool has the place.
    package func contains(_ path: SearchedPath) -> Bool {
        paths.values.contains { $0.values.contains { $0.contains(path) } }
    }

    /// Equal for the same declarations in any order.
    package var digest: Digest {
        let lines = paths.flatMap { upstream, tools in
            tools.flatMap { tool, paths in paths.map { "\(upstream) \(tool) \($0)\n" } }
        }
        return Digest(of: Array(lines.sorted().joined().utf8))
    }
}
