package import MartletCore
import MartletJSON

/// Reads one grant object, member by member.
struct GrantReader {
    private var members: JSONMembers
    private let lines: GrantDeclaration.Lines
    private let isFullForm: Bool
    private let file: String

    init(_ members: JSONMembers, file: String) {
        self.members = members
        self.file = file
        lines = GrantDeclaration.Lines(start: members.line, members: members.lines)
        isFullForm = members.keys.contains { (Self.fullKeys + Self.laterKeys).contains($0) }
    }

    static let seedKeys = ["agent_role", "tool", "scope", "requires_approval"]
    static let fullKeys = [
        "prompt", "resource", "resource_prefix",
        "id", "upstream", "expires", "owner", "constraints", "closed", "approvers", "quorum", "approval_ttl",
    ]
    /// Members of the full form that this release does not enforce. Ignoring one would permit more than was written.
    static let laterKeys = ["contexts", "budgets", "min_model_provenance"]

    /// The declaration, or nil with at least one problem added.
    func read(_ problems: inout SourceProblems) -> GrantDeclaration? {
        var reader = self
        let before = problems.all.count
        let declaration = reader.declaration(&problems)
        reader.refuseLaterKeys(&problems)
        reader.members.finish(known: Self.seedKeys + Self.fullKeys, &problems)
        return problems.all.count == before ? declaration : nil
    }

    private mutating func declaration(_ problems: inout SourceProblems) -> GrantDeclaration? {
        let role = required("agent_role", &problems) { RoleName($0) }
        let subject = subject(&problems)
        let upstream = optional("upstream", &problems) { UpstreamID($0) }
        let id = optional("id", &problems) { GrantID($0) }
        let owner = optional("owner", &problems) { SubjectID($0) }
        let isOfTool = !Self.subjectKeys.dropFirst().contains { lines.members[$0] != nil }
        if !isOfTool { refuseToolKeys(&problems) }
        let scope = scope(isOfTool: isOfTool, &problems)
        let constraints = constraints(&problems)
        let requiresApproval = boolean("requires_approval", absent: isOfTool ? nil : false, &problems)
        let isClosed = boolean("closed", absent: false, &problems)
        let approvers = approvers(&problems)
        let quorum = quorum(&problems)
        let approvalTTL = approvalTTL(&problems)
        let expires = expires(&problems)
        if isOfTool, requiresApproval == false { refuseIdleApprovalKeys(&problems) }
        guard let role, let subject, let scope, let requiresApproval, let isClosed, let quorum else { return nil }
        return GrantDeclaration(
            id: id, role: role, upstream: upstream, subject: subject, scope: scope, expires: expires, owner: owner,
            isClosed: isClosed, requiresApproval: requiresApproval, approvers: approvers, quorum: quorum,
            approvalTTL: approvalTTL, constraints: constraints, file: file, lines: lines)
    }

    private mutating func refuseLaterKeys(_ problems: inout SourceProblems) {
        for key in Self.laterKeys {
            guard let found = members.take(key) else { continue }
            problems.add(
                line: found.line, "\"\(key)\" is not enforced by this release",
                fix: "remove it, or wait with this grant: it would permit more than it says")
        }
    }

    private func refuseIdleApprovalKeys(_ problems: inout SourceProblems) {
        for key in ["approvers", "quorum", "approval_ttl"] where lines.members[key] != nil {
            problems.add(
                line: lines.line(of: key), "\"\(key)\" without approval",
                fix: "set \"requires_approval\": true, or remove \"\(key)\"")
        }
    }
}

// What it names
extension GrantReader {
    private static let subjectKeys = ["tool", "prompt", "resource", "resource_prefix"]

    private mutating func subject(_ problems: inout SourceProblems) -> GrantSubject? {
        let named = Self.subjectKeys.filter { lines.members[$0] != nil }
        guard let key = named.first else { return required("tool", &problems) { ToolName($0).map { .tool($0) } } }
        if named.count > 1 {
            problems.add(
                line: lines.line(of: named[1]), "a grant of \(named.joined(separator: " and "))",
                fix: "write one grant for each")
            for key in named { _ = members.take(key) }
            return nil
        }
        switch key {
        case "tool": return optional("tool", &problems) { ToolName($0).map { .tool($0) } }
        case "prompt": return optional("prompt", &problems) { PromptName($0).map { .prompt($0) } }
        case "resource": return uri("resource", &problems) { ResourceURI($0).map { .resource($0) } }
        default: return uri("resource_prefix", &problems) { ResourcePrefix($0).map { .resources($0) } }
        }
    }

    private mutating func uri(
        _ key: String, _ problems: inout SourceProblems, _ make: (String) -> GrantSubject?
    ) -> GrantSubject? {
        guard let found = members.take(key) else { return nil }
        if let text = found.value.string, !text.utf8.contains(UInt8(ascii: "*")), let subject = make(text) {
            return subject
        }
        let isPrefix = key == "resource_prefix"
        problems.add(
            line: found.line, "\"\(found.value.string ?? "")\" is no \(isPrefix ? "prefix" : "URI") for \"\(key)\"",
            fix: isPrefix
                ? "write \"scheme://something/\": it ends in /, and has no wildcard, \"..\", query or encoded dot or slash"
                : "write the one URI, or template, exactly as the upstream lists it")
        return nil
    }

    /// What only tools have. Ignoring a condition would permit more than was written.
    private mutating func refuseToolKeys(_ problems: inout SourceProblems) {
        for key in ["scope", "constraints", "closed", "approvers", "quorum", "approval_ttl"] {
            guard let found = members.take(key) else { continue }
            problems.add(
                line: found.line, "\"\(key)\" in a grant of a prompt or resource",
                fix: "remove it: conditions of prompts and resources are not enforced by this release")
        }
        if let line = lines.members["requires_approval"], members.value(of: "requires_approval")?.bool == true {
            problems.add(
                line: line, "approval for a prompt or resource",
                fix: "remove \"requires_approval\": this release asks for approval of tool calls only")
        }
        if lines.members["upstream"] == nil {
            problems.add(
                line: members.line, "a grant of a prompt or resource without \"upstream\"", fix: "add \"upstream\"")
        }
    }
}

// Names
extension GrantReader {
    private mutating func required<Name>(
        _ key: String, _ problems: inout SourceProblems, _ make: (String) -> Name?
    ) -> Name? {
        guard lines.members[key] != nil else {
            problems.add(line: members.line, "a grant without \"\(key)\"", fix: "add \"\(key)\"")
            return nil
        }
        return optional(key, &problems, make)
    }

    private mutating func optional<Name>(
        _ key: String, _ problems: inout SourceProblems, _ make: (String) -> Name?
    ) -> Name? {
        guard let found = members.take(key) else { return nil }
        guard let text = found.value.string else {
            problems.add(line: found.line, "\"\(key)\" is not a text", fix: "write one name in quotes")
            return nil
        }
        if let name = make(text) { return name }
        if text.isEmpty || text.utf8.contains(UInt8(ascii: "*")) {
            problems.add(
                line: found.line, "wildcard \"\(text)\" in \"\(key)\"",
                fix: "name exactly one; a grant for everything is no grant")
        } else {
            problems.add(line: found.line, "\"\(text)\" is no name for \"\(key)\"", fix: "use letters, digits, _ . -")
        }
        return nil
    }
}

// Everything else
extension GrantReader {
    private mutating func boolean(_ key: String, absent: Bool?, _ problems: inout SourceProblems) -> Bool? {
        guard let found = members.take(key) else {
            if absent == nil {
                problems.add(
                    line: members.line, "a grant without \"\(key)\"", fix: "add \"\(key)\": true, or false on purpose")
            }
            return absent
        }
        if let value = found.value.bool { return value }
        problems.add(line: found.line, "\"\(key)\" is not true or false", fix: "write true or false without quotes")
        return nil
    }

    /// The scope words. An absent scope is an error unless constraints stand in its place; an empty one is written
    /// on purpose and means every argument.
    private mutating func scope(isOfTool: Bool, _ problems: inout SourceProblems) -> [GrantDeclaration.ScopeWord]? {
        guard let found = members.take("scope") else {
            if isOfTool, lines.members["constraints"] == nil {
                problems.add(
                    line: members.line, "a grant without \"scope\"",
                    fix: "add \"scope\": [words], or [] to allow every argument on purpose")
            }
            return []
        }
        let words = words(found, of: "scope", &problems)
        for (index, word) in words.enumerated() where words.prefix(index).contains(where: { $0.text == word.text }) {
            problems.add(line: word.line, "scope word \"\(word.text)\" twice", fix: "keep one")
        }
        return words
    }

    private mutating func approvers(_ problems: inout SourceProblems) -> [GrantDeclaration.ScopeWord]? {
        guard let found = members.take("approvers") else { return nil }
        let words = words(found, of: "approvers", &problems)
        if words.isEmpty {
            problems.add(line: found.line, "an empty list of approvers", fix: "name roles or people who may approve")
        }
        return words
    }

    private func words(
        _ found: Located, of key: String, _ problems: inout SourceProblems
    ) -> [GrantDeclaration.ScopeWord] {
        guard let elements = found.elements else {
            problems.add(line: found.line, "\"\(key)\" is not a list", fix: "write a list of words: [\"…\"]")
            return []
        }
        return elements.compactMap { element in
            if let text = element.value.string {
                return GrantDeclaration.ScopeWord(text: text, line: element.line)
            }
            problems.add(line: element.line, "a word of \"\(key)\" is not a text", fix: "write it in quotes")
            return nil
        }
    }

    private mutating func quorum(_ problems: inout SourceProblems) -> Int? {
        guard let found = members.take("quorum") else { return 1 }
        if found.value.integer == 1 { return 1 }
        problems.add(line: found.line, "\"quorum\" is not 1", fix: "this release asks one person; write 1")
        return nil
    }

    private mutating func approvalTTL(_ problems: inout SourceProblems) -> Seconds? {
        guard let found = members.take("approval_ttl") else { return nil }
        if let ttl = found.value.string.flatMap({ Seconds($0) }), ApprovalRule.lifetimes.contains(ttl) { return ttl }
        problems.add(
            line: found.line, "\"approval_ttl\" is no duration from 1m to 7d", fix: "write it like \"15m\"")
        return nil
    }

    private mutating func expires(_ problems: inout SourceProblems) -> UnixTime? {
        guard let found = members.take("expires") else {
            if isFullForm {
                problems.add(
                    line: members.line, "a grant without an end",
                    fix: "add \"expires\": \"2027-01-31\"; only the short form's four keys may stand without it")
            }
            return nil
        }
        if let end = found.value.string.flatMap({ UnixTime(rfc3339: $0) }) { return end }
        problems.add(
            line: found.line, "\"expires\" is no date", fix: "write \"2027-01-31\" or \"2027-01-31T18:00:00Z\"")
        return nil
    }

    private mutating func constraints(_ problems: inout SourceProblems) -> [DeclaredConstraint] {
        guard let found = members.take("constraints") else { return [] }
        guard let elements = found.elements else {
            problems.add(
                line: found.line, "\"constraints\" is not a list", fix: "write [{\"argument\": \"/…\", …}]")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            ConstraintReader(source: "constraints/\(index)").read(element, &problems)
        }
    }
}

extension ApprovalRule {
    /// How long an approval may last. Shorter, nobody can use it; longer, it is a standing permission.
    package static let lifetimes = Seconds(60)...Seconds.days(7)
}
