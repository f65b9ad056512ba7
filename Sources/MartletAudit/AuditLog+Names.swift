package import MartletCore
import MartletJSON
import MartletPolicy

/// How records name people.
extension AuditLog {
    /// How records speak of these. What is given is durable; when it throws, there is no pseudonym to be had for one of them.
    package func names(of subjects: [DataSubject]) async throws(AuditError) -> RecordedNames {
        var names = RecordedNames.none
        for subject in subjects { names.add(try await text(of: subject), for: subject) }
        return names
    }

    /// The same as texts, in the order of the texts.
    package func texts(of subjects: [DataSubject]) async throws(AuditError) -> [String] {
        let names = try await names(of: subjects)
        return subjects.compactMap { names[$0] }.sorted()
    }

    /// How records speak of `subject`; nil when that cannot be had.
    package func name(of subject: DataSubject) async -> String? {
        do throws(AuditError) { return try await text(of: subject) } catch { return nil }
    }

    /// As whom records name this caller: today, and in releases that wrote names in clear.
    package func owners(_ principal: Principal) async -> Set<RecordOwner> {
        var names = RecordedNames.none
        for subject in DataSubject.all(of: principal) {
            if let name = await name(of: subject) { names.add(name, for: subject) }
        }
        return Set([RecordOwner(principal, names), RecordOwner(inClear: principal)].compactMap { $0 })
    }

    private func text(of subject: DataSubject) async throws(AuditError) -> String {
        if records.listed.agents.contains(subject), let name = subject.name { return name.rawValue }
        return try await vault.pseudonym(of: subject).rawValue
    }

    func names(of authorized: AuthorizedCall) async throws(AuditError) -> RecordedNames {
        guard let approval = authorized.approval else { return .none }
        return try await names(of: approval.approvers.map { DataSubject(issuer: approval.issuer, name: $0) })
    }

    /// What records say of the caller. It is written once in each generation of names, and then copied.
    func caller(_ principal: Principal) async throws(AuditError) -> WrittenMembers {
        let generation = vault.generation
        if let members = principal.written(in: generation) { return members }
        let names = try await names(of: DataSubject.all(of: principal))
        let members = WrittenMembers { $0.caller(principal, names) }
        principal.keep(members, in: generation)
        return members
    }

    /// A refusal does not hang on a name: one that cannot be had is left out, and the record says so.
    func callerIfAny(of denial: DenialFacts) async -> RecordedCaller? {
        guard let principal = denial.principal else { return nil }
        do throws(AuditError) {
            return RecordedCaller(members: try await caller(principal))
        } catch {
            var names = RecordedNames.none
            for subject in DataSubject.all(of: principal) {
                if let name = await name(of: subject) { names.add(name, for: subject) }
            }
            return RecordedCaller(members: WrittenMembers { $0.caller(principal, names) }, isWhole: false)
        }
    }
}
