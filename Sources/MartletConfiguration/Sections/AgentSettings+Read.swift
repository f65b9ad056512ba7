import MartletCore

extension AgentSettings {
    /// Reads `agents`. Two agents may share neither their name nor their credential.
    static func readAll(
        _ parent: inout Section, _ authentication: AuthenticationSettings, _ reading: inout Reading
    ) -> [AgentSettings] {
        var agents: [AgentSettings] = []
        for element in parent.elements("agents", &reading) {
            guard var section = Section(element, &reading) else { continue }
            let agent = read(&section, authentication, &reading)
            section.finish(&reading)
            guard let agent else { continue }
            if let other = agents.first(where: { $0.id == agent.id }) {
                reading.add(section.line, "agent \"\(other.id)\" twice", fix: "give each agent its own id")
            } else if let other = agents.first(where: { $0.issuer == agent.issuer && $0.subject == agent.subject }) {
                reading.add(
                    section.line, "agents \"\(other.id)\" and \"\(agent.id)\" have one credential",
                    fix: "register a subject of its own for each agent")
            }
            agents.append(agent)
        }
        return agents
    }

    private static func read(
        _ section: inout Section, _ authentication: AuthenticationSettings, _ reading: inout Reading
    ) -> AgentSettings? {
        let id = section.requiredName("id", &reading) { SubjectID($0) }
        let role = section.requiredName("role", &reading) { RoleName($0) }
        let issuer = section.issuerReference(authentication, &reading)
        let subject = section.name("subject", &reading) { SubjectID($0) } ?? id
        guard let id, let role, let issuer, let subject else { return nil }
        return AgentSettings(id: id, role: role, issuer: issuer, subject: subject)
    }
}

extension ApprovalSettings {
    static func read(
        _ parent: inout Section, agents: [AgentSettings], _ authentication: AuthenticationSettings,
        _ reading: inout Reading
    ) -> ApprovalSettings {
        guard var section = parent.section("approvals", &reading) else {
            return ApprovalSettings(ttl: Seconds(900), approvers: [])
        }
        let ttl = section.duration("ttl", in: Seconds(60)...Seconds.days(7), default: Seconds(900), &reading)
        var approvers: [ApproverSettings] = []
        for element in section.elements("approvers", &reading) {
            guard var section = Section(element, &reading) else { continue }
            let approver = ApproverSettings.read(&section, authentication, &reading)
            section.finish(&reading)
            guard let approver else { continue }
            approver.refuseDoubles(agents, approvers, line: section.line, &reading)
            approvers.append(approver)
        }
        section.finish(&reading)
        return ApprovalSettings(ttl: ttl, approvers: approvers)
    }
}

extension ApproverSettings {
    fileprivate static func read(
        _ section: inout Section, _ authentication: AuthenticationSettings, _ reading: inout Reading
    ) -> ApproverSettings? {
        let id = section.requiredName("id", &reading) { SubjectID($0) }
        let roles = section.texts("roles", &reading).compactMap { text, line in
            Section.name(text, of: "roles", line: line, &reading) { RoleName($0) }
        }
        let issuer = section.issuerReference(authentication, &reading)
        let subject = section.name("subject", &reading) { SubjectID($0) } ?? id
        guard let id, let issuer, let subject else { return nil }
        return ApproverSettings(id: id, roles: Set(roles), issuer: issuer, subject: subject)
    }

    /// An agent that approves, or one person under two names, would be one key for two locks.
    fileprivate func refuseDoubles(
        _ agents: [AgentSettings], _ others: [ApproverSettings], line: Int, _ reading: inout Reading
    ) {
        if agents.contains(where: { $0.id == id || ($0.issuer == issuer && $0.subject == subject) }) {
            reading.add(line, "\"\(id)\" is an agent and an approver", fix: "name a person who is no agent")
        }
        if others.contains(where: { $0.id == id || ($0.issuer == issuer && $0.subject == subject) }) {
            reading.add(line, "approver \"\(id)\" twice", fix: "keep one")
        }
    }
}
