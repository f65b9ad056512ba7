package import MartletCore

/// Somebody as approvals name them.
package struct ApprovalPerson: Hashable, Sendable {
    package let name: SubjectID
    package let issuer: String

    package init(name: SubjectID, issuer: String) {
        self.name = name
        self.issuer = issuer
    }
}

extension ApprovalRequest {
    /// Whether the arguments are `person`'s: of whom the agent acted for, else of the agent.
    package func isAsked(by person: ApprovalPerson) -> Bool {
        subject.issuer == person.issuer && (subject.user ?? subject.agent) == person.name
    }

    /// The same request without `person`: name, arguments, and the digests by which arguments could be guessed; nil when it
    /// names somebody else, or is not over yet.
    package func forgetting(_ person: ApprovalPerson) -> ApprovalRequest? {
        guard state.name != .pending, state.name != .approved, let nobody = SubjectID("erased") else { return nil }
        let isOwn = isAsked(by: person)
        let isRuled = state.ruling.map { $0.approver == person.name && $0.issuer == person.issuer } ?? false
        let isListed = approvers.contains(person.name)
        let isLink = subject.issuer == person.issuer && subject.actors.contains(person.name)
        guard isOwn || isRuled || isListed || isLink else { return nil }
        return ApprovalRequest(
            ticket: ticket, binding: isOwn ? Digest(of: Array(ticket.rawValue.utf8)) : binding,
            subject: subject.forgetting(person, nobody, isOwn: isOwn),
            approvers: Set(approvers.map { $0 == person.name ? nobody : $0 }), opened: opened, expires: expires,
            state: isRuled ? state.forgettingApprover(nobody) : state, leaf: leaf)
    }
}

extension ApprovalSubject {
    fileprivate func forgetting(_ person: ApprovalPerson, _ nobody: SubjectID, isOwn: Bool) -> ApprovalSubject {
        ApprovalSubject(
            agent: isOwn && user == nil ? nobody : agent, role: role, user: isOwn && user != nil ? nobody : user,
            actors: issuer == person.issuer ? actors.map { $0 == person.name ? nobody : $0 } : actors, issuer: issuer,
            upstream: upstream, tool: tool, arguments: isOwn ? "\"[erased]\"" : arguments,
            argumentDigest: isOwn ? Digest(of: []) : argumentDigest, grant: grant, policyDigest: policyDigest)
    }
}

extension ApprovalState {
    fileprivate func forgettingApprover(_ nobody: SubjectID) -> ApprovalState {
        func forgotten(_ ruling: Ruling) -> Ruling {
            Ruling(approver: nobody, issuer: ruling.issuer, credential: Digest(of: []), at: ruling.at)
        }
        return switch self {
        case .pending: .pending
        case .approved(let ruling): .approved(forgotten(ruling))
        case .denied(let ruling): .denied(forgotten(ruling))
        case .expired(let ruling, let time): .expired(after: ruling.map(forgotten), at: time)
        case .consumed(let ruling, let use): .consumed(forgotten(ruling), use)
        }
    }
}
