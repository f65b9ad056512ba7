import MartletCore
import MartletPolicy

extension GrantSettings {
    /// Reads `grants` and every file of it. Problems of those files carry their own names and lines.
    static func read(
        _ parent: inout Section, agents: [AgentSettings], upstreams: [UpstreamSettings], approvals: ApprovalSettings,
        _ authentication: AuthenticationSettings, _ reading: inout Reading
    ) -> GrantSettings {
        var section = parent.section("grants", &reading)
        let lifetime =
            section?.duration(
                "default_lifetime", in: Seconds.days(1)...Seconds.days(366), default: .days(90), &reading) ?? .days(90)
        let warnBefore =
            section?.duration(
                "warn_before", in: Seconds(0)...lifetime, default: min(.days(14), lifetime), &reading) ?? .days(14)
        let declarations = section?.declarations(&reading) ?? []
        let lists = section?.lists(&reading) ?? [:]
        section?.finish(&reading)
        let terms = GrantTerms(
            scopes: ScopeRegistry(lists: lists),
            bindings: ToolBindings(Dictionary(upstreams.map { ($0.name, $0.tools) }) { first, _ in first }),
            roles: authentication.issuers.contains { $0.roleClaim != nil } ? nil : Set(agents.map(\.role)),
            upstreams: Set(upstreams.map(\.name)),
            approvers: ApproverDirectory(
                approvals.approvers.map { ApproverDirectory.Person(id: $0.id, subject: $0.subject, roles: $0.roles) }),
            approvalTTL: approvals.ttl, defaultLifetime: lifetime)
        return GrantSettings(warnBefore: warnBefore, declarations: declarations, terms: terms)
    }
}

extension Section {
    fileprivate mutating func declarations(_ reading: inout Reading) -> [GrantDeclaration] {
        var seen: Set<String> = []
        return texts("files", &reading).flatMap { text, line -> [GrantDeclaration] in
            guard seen.insert(reading.resolve(text)).inserted else {
                reading.add(line, "grants file \"\(text)\" twice", fix: "keep one")
                return []
            }
            guard let bytes = reading.bytes(ofFile: text, key: "grants file", line: line) else { return [] }
            let document = GrantDocument.parse(bytes, file: reading.resolve(text))
            reading.foreign += document.problems
            return document.declarations
        }
    }

    fileprivate mutating func lists(_ reading: inout Reading) -> [String: ScopeRegistry.List] {
        guard var section = section("lists", &reading) else { return [:] }
        var lists: [String: ScopeRegistry.List] = [:]
        for entry in section.takeAll() {
            if ScopeRegistry.isReserved(entry.key) {
                reading.add(
                    entry.line, "\"\(entry.key)\" cannot be the name of a list",
                    fix: "max_amount_… is understood by form")
            }
            guard Section.name(entry.key, of: "lists", line: entry.line, &reading, make: { RoleName($0) }) != nil,
                var list = Section(entry, &reading)
            else { continue }
            let binding = list.requiredName("binding", &reading) { RoleName($0) }
            let values = list.values(&reading)
            list.finish(&reading)
            if let binding { lists[entry.key] = ScopeRegistry.List(binding: binding.rawValue, values: values) }
        }
        return lists
    }

    private mutating func values(_ reading: inout Reading) -> [String] {
        let line = line(of: "values") ?? self.line
        let before = reading.problems.all.count
        let values = texts("values", &reading)
        if values.isEmpty, reading.problems.all.count == before {
            reading.add(line, "list \"\(name)\" without values", fix: "add values: [a, b]")
        }
        for (text, line) in values where text.contains("*") {
            reading.add(line, "wildcard \"\(text)\" in list \"\(name)\"", fix: "name each value")
        }
        return values.map(\.text)
    }
}
