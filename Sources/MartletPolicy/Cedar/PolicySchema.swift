import MartletCedar
import MartletCore

/// The schema that all policies are checked against, as Cedar schema text.
///
/// It is made of what the operator wrote, the bindings and the grants, and never of what an upstream lists: whether a
/// policy is valid, and whether it concerns a tool, cannot be changed from there. Source: ADR-0019.
package struct PolicySchema: Sendable {
    /// For people and for tools that understand Cedar.
    package let text: String

    package init(grants: [Grant], terms: GrantTerms) {
        let tools = DeclaredTool.all(grants, terms.bindings)
        let named = Set(grants.map(\.target.upstream)).union(tools.map(\.upstream)).union(terms.upstreams)
        let parts =
            [
                Self.entities(roles: terms.roles?.map(\.rawValue), upstreams: named.map(\.rawValue)), Self.types,
                Self.groups,
            ] + tools.map(\.schema)
        text = parts.joined(separator: "\n")
    }

    func schema() throws(SchemaError) -> Schema {
        var limits = SchemaLimits()
        // Our own text: long when there are thousands of tools.
        limits.maximumBytes = 256 << 20
        return try Schema(text: Array(text.utf8), limits: limits)
    }

    private static func entities(roles: [String]?, upstreams: [String]) -> String {
        """
        // Who and on what. Ids that can be known are listed, so that a misspelled one is found.
        entity Role\(ids(roles ?? []));
        entity User;
        entity Agent in [Role];
        entity Upstream\(ids(upstreams));
        entity Prompt in [Upstream];
        entity McpResource in [Upstream];
        entity Grant = { "role": Role, "upstream": Upstream, "tool": String, "expires": datetime };

        """
    }

    private static func ids(_ ids: [String]) -> String {
        guard !ids.isEmpty else { return "" }
        return " enum [" + ids.sorted().map(Self.quoted).joined(separator: ", ") + "]"
    }

    static func quoted(_ text: String) -> String { Value.string(Text(text)).description }

    private static let types = """
        // An exact number: whole + fraction / 10^18.
        type Number = { "whole": Long, "fraction": Long };
        // What all values at a path have in common. A fault is what is wrong with one of them: argument_missing,
        // argument_unknown, wrong_type or not_representable. Without a value there is no least, greatest, longest …
        type Texts = { "fault"?: String, "values": Set<String> };
        type Numbers = { "fault"?: String, "values": Set<Number> };
        type Range = { "fault"?: String, "least": Number, "greatest": Number };
        type Strings = {
            "fault"?: String, "shortest": Long, "longest": Long, "beginning": String, "climbs": Bool
        };
        type Booleans = { "fault"?: String, "values": Set<Bool> };
        type Approval = {
            "asked": String, "given": String, "granted": datetime, "expires": datetime, "approvers": Set<User>,
            "count": Long, "requesters": Set<User>
        };
        type Caller = { "issuer": String, "user"?: User, "actors": Set<User> };
        // What a model says of itself: good to forbid by, never to permit by.
        type Model = { "assurance": String, "name"?: String };

        """

    private static let groups = """
        action "tools/call";
        action "tasks/update";
        action "tasks/get", "tasks/cancel" appliesTo {
            principal: [Agent], resource: [Upstream],
            context: {
                "now": datetime, "method": String, "caller": Caller, "model": Model, "grant"?: Grant, "tool": String,
                "approval"?: Approval
            }
        };
        action "prompts/get" appliesTo {
            principal: [Agent], resource: [Prompt],
            context: {
                "now": datetime, "method": String, "caller": Caller, "model": Model, "derived": { "object": Bool },
                "approval"?: Approval
            }
        };
        action "resources/read" appliesTo {
            principal: [Agent], resource: [McpResource],
            context: {
                "now": datetime, "method": String, "caller": Caller, "model": Model, "derived": { "object": Bool },
                "approval"?: Approval, "uri": String, "straight": Bool
            }
        };

        """
}

extension DeclaredTool {
    fileprivate var schema: String {
        """
        action \(PolicySchema.quoted(id)) in [Action::"tools/call"] appliesTo {
            principal: [Agent], resource: [Upstream],
            context: {
                "now": datetime, "method": String, "caller": Caller, "model": Model, "approval"?: Approval,
                "args": { \(arguments.map { "\(PolicySchema.quoted($0.name.string))?: \($0.type)" }.joined(separator: ", ")) },
                "derived": {
                    \(derived.joined(separator: ",\n            "))
                }
            }
        };
        action \(PolicySchema.quoted(answer.id.string)) in [Action::"tasks/update"] appliesTo {
            principal: [Agent], resource: [Upstream],
            context: {
                "now": datetime, "method": String, "caller": Caller, "model": Model, "grant"?: Grant, "tool": String,
                "approval"?: Approval
            }
        };

        """
    }

    /// Every kind of fact of every path.
    private var derived: [String] {
        let paths = paths.map { PolicySchema.quoted($0.description) }
        let kinds = FactKind.allCases.map { kind in
            "\"\(kind.rawValue)\": { \(paths.map { "\($0): \(kind.type)" }.joined(separator: ", ")) }"
        }
        let only = closed.map { "\(PolicySchema.quoted($0.name.string)): Bool" }.joined(separator: ", ")
        return ["\"object\": Bool"] + kinds + ["\"only\": { \(only) }"]
    }
}
