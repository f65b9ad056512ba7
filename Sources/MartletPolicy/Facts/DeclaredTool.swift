import MartletCedar
import MartletCore

/// A tool that the configuration binds or a grant names: what policies can say of its arguments.
///
/// The schema of policies has these tools and no others; the definitions that upstreams list have no say in it
/// (ADR-0019).
struct DeclaredTool: Sendable {
    let upstream: UpstreamID
    let name: ToolName
    let grants: [Grant]
    private let bindings: ToolBindings.Names

    var id: String { CedarModel.id(of: name, on: upstream) }
    var action: EntityUID { CedarModel.action(Text(id)) }
    var answer: EntityUID { CedarModel.answer(to: name, on: upstream) }

    /// All paths that a binding or constraint names, each once, by their bytes.
    var paths: [ArgumentPath] {
        let constrained = grants.flatMap(\.constraints).flatMap(\.facts).map(\.path)
        return Set(constrained + bindings.values)
            .sorted { $0.description.utf8.lexicographicallyPrecedes($1.description.utf8) }
    }

    /// The sets of paths of closed grants, each once, by their names.
    var closed: [ClosedPaths] {
        Set(grants.filter(\.isClosed).map { ClosedPaths($0.constraints) }).sorted { $0.name < $1.name }
    }

    /// By their names.
    var arguments: [BoundArgument] {
        bindings.compactMap { BoundArgument($0.key, $0.value) }.sorted { $0.name < $1.name }
    }

    /// All tools of the bindings and the grants, in a fixed order.
    static func all(_ grants: [Grant], _ bindings: ToolBindings) -> [DeclaredTool] {
        struct Key: Hashable {
            let upstream: UpstreamID
            let tool: ToolName
        }
        var byTool: [Key: [Grant]] = [:]
        for (upstream, tools) in bindings.offers {
            for tool in tools { byTool[Key(upstream: upstream, tool: tool)] = [] }
        }
        for grant in grants {
            guard let tool = grant.target.subject.tool else { continue }
            byTool[Key(upstream: grant.target.upstream, tool: tool), default: []].append(grant)
        }
        return byTool.map { key, grants in
            DeclaredTool(
                upstream: key.upstream, name: key.tool, grants: grants,
                bindings: bindings.names(of: key.tool, on: key.upstream))
        }.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
    }
}
