package import MartletApproval
package import MartletCore
import Synchronization

/// Destroys the keys of a subject, so that nobody can read its sealed values again, and places and releases legal holds.
///
/// First `erasure.requested` is durable, then the keys are destroyed, then `erasure.executed` is written. The log alone says
/// what is unfinished and what is held: after a crash anywhere in between the next start goes on from it. One thing is done at
/// a time. Source: ADR-0023.
package final class Eraser: Sendable {
    private let audit: AuditLog
    private let store: any KeyStore
    private let vault: PayloadVault
    private let approvals: ApprovalDesk
    private let random: any RandomSource
    private let found: Erasures
    private let state: Mutex<State>

    private struct State {
        var holds: [String: HoldFacts]
        var isBusy = false
    }

    /// `found` is what the log says so far.
    package init(
        audit: AuditLog, store: any KeyStore, vault: PayloadVault, approvals: ApprovalDesk, found: Erasures,
        random: any RandomSource = SystemRandomSource()
    ) {
        self.audit = audit
        self.store = store
        self.vault = vault
        self.approvals = approvals
        self.random = random
        self.found = found
        state = Mutex(State(holds: found.holds))
    }

    /// The holds that are on, by id.
    package var holds: [HoldFacts] { state.withLock { $0.holds.values.sorted { $0.id < $1.id } } }

    package func erase(_ order: ErasureOrder) async throws(ErasureError) -> ErasureReport {
        try begin()
        defer { end() }
        let kept = try await subject(order.name, order.issuer)
        let keys = kept.keys.filter { order.quarter == nil || $0.quarter == order.quarter }.map(\.id)
        // Somebody of whom nothing is sealed, an approver for instance, still has a name.
        guard !keys.isEmpty || (order.quarter == nil && kept.keys.isEmpty) else { throw .nothingToErase }
        guard keys.count <= ErasureFacts.maximumKeys else { throw .tooManyKeys(keys.count) }
        let facts = ErasureFacts(
            id: name("er-"), subject: kept.pseudonym, keys: keys, quarter: order.quarter, matter: order.matter,
            reason: order.reason, by: order.by)
        let holds = holding(kept.pseudonym)
        guard holds.isEmpty else { throw .held(record: try await record(.erasureRefused(facts, holds)), holds: holds) }
        let person = try await close(kept.subject)
        return try await execute(facts, person, requested: try await record(.erasureRequested(facts)))
    }

    /// Finishes what the log says is unfinished, and destroys again what came back with an older vault. To be called at start,
    /// before the first call.
    package func finish() async throws(ErasureError) -> (finished: [ErasureReport], destroyedAgain: Int) {
        try begin()
        defer { end() }
        var finished: [ErasureReport] = []
        for erasure in found.unfinished {
            let holds = holding(erasure.facts.subject)
            if holds.isEmpty {
                let person = try await close(try await subject(of: erasure.facts.subject))
                finished.append(try await execute(erasure.facts, person, requested: erasure.requested))
            } else {
                _ = try await record(.erasureRefused(erasure.facts, holds))
            }
        }
        var again = 0
        // What a hold covers stays as it is, also what an older copy has brought back.
        for erasure in found.executed where holding(erasure.facts.subject).isEmpty {
            // Known again after an older copy of the vault was put back, and that of the approvals may be as old; or still known,
            // because a quarter alone was erased. What was asked for since is none of it.
            let isMeant = { @Sendable (request: ApprovalRequest) in
                (erasure.facts.quarter?.contains(request.opened) ?? true) && request.opened <= erasure.requestedAt
            }
            let person = try await close(try await subject(of: erasure.facts.subject), where: isMeant)
            _ = try await forget(person, erasure.facts, requested: erasure.requested, where: isMeant)
            do throws(KeyStoreError) {
                again += try await store.destroy(erasure.facts.keys, forgetting: [erasure.facts.subject])
            } catch {
                throw .vault(error)
            }
        }
        return (finished, again)
    }

    private func execute(
        _ facts: ErasureFacts, _ person: ApprovalPerson?, requested: UInt64
    ) async throws(ErasureError) -> ErasureReport {
        var facts = facts
        // Before the name goes with the keys: it says which approvals are meant.
        facts.approvals = try await forget(person, facts, requested: requested)
        do throws(KeyStoreError) {
            _ = try await store.destroy(facts.keys, forgetting: [facts.subject])
        } catch {
            throw .unfinished(requested: requested, why: "the keys could not be destroyed: \(error)")
        }
        vault.forget()
        do throws(AuditError) {
            let executed = try await audit.recordEvent(.erasureExecuted(facts, requested: requested))
            return ErasureReport(facts: facts, requested: requested, executed: executed)
        } catch {
            throw .unfinished(requested: requested, why: "the keys are destroyed, and that could not be recorded")
        }
    }
}

// MARK: Approvals

extension Eraser {
    /// Ends what the subject still has open, on record while the subject has a name.
    private func close(
        _ subject: DataSubject?, where isMeant: @Sendable (ApprovalRequest) -> Bool = { _ in true }
    ) async throws(ErasureError) -> ApprovalPerson? {
        guard let subject, let name = subject.name else { return nil }
        let person = ApprovalPerson(name: name, issuer: subject.issuer)
        do throws(ApprovalError) {
            try await approvals.close(person, where: isMeant) { request in
                guard let event = GatewayEvent(settled: request, through: ApprovalChannel("erasure")) else {
                    throw AuditError.closed
                }
                return try await audit.recordEvent(event)
            }
        } catch {
            throw .approvals("\(error)")
        }
        return person
    }

    /// Those that are meant; without saying so, those of the quarter where one is named. Returns how many.
    private func forget(
        _ person: ApprovalPerson?, _ facts: ErasureFacts, requested: UInt64,
        where isMeant: (@Sendable (ApprovalRequest) -> Bool)? = nil
    ) async throws(ErasureError) -> Int {
        guard let person else { return 0 }
        do throws(ApprovalError) {
            return try await approvals.forget(person, where: isMeant ?? { facts.quarter?.contains($0.opened) ?? true })
        } catch {
            throw .unfinished(requested: requested, why: "the approvals could not be cleared: \(error)")
        }
    }

    private func subject(of pseudonym: Pseudonym) async throws(ErasureError) -> DataSubject? {
        do throws(KeyStoreError) { return try await store.subject(of: pseudonym) } catch { throw .vault(error) }
    }
}

// MARK: Holds

extension Eraser {
    /// Returns the hold when it is recorded: from then on nothing that it covers is erased.
    package func place(_ order: HoldOrder) async throws(ErasureError) -> HoldFacts {
        try begin()
        defer { end() }
        let subject = try await pseudonym(order, isNew: true)
        if let stands = hold(on: subject, order.matter) { throw .holdStands(stands.id) }
        let facts = HoldFacts(id: name("ho-"), subject: subject, matter: order.matter, by: order.by)
        _ = try await record(.holdPlaced(facts))
        state.withLock { $0.holds[facts.id] = facts }
        return facts
    }

    /// Returns the hold when its end is recorded.
    package func release(_ order: HoldOrder) async throws(ErasureError) -> HoldFacts {
        try begin()
        defer { end() }
        guard var facts = hold(on: try await pseudonym(order, isNew: false), order.matter) else { throw .noSuchHold }
        facts.by = order.by
        _ = try await record(.holdReleased(facts))
        state.withLock { $0.holds[facts.id] = nil }
        return facts
    }

    private func hold(on subject: Pseudonym?, _ matter: String) -> HoldFacts? {
        holds.first { $0.subject == subject && $0.matter == matter.bounded() }
    }

    private func holding(_ subject: Pseudonym) -> [HoldFacts] {
        holds.filter { $0.subject == nil || $0.subject == subject }
    }

    /// Nil for everybody. A subject of which nothing is sealed yet can be held, when its issuer is named.
    private func pseudonym(_ order: HoldOrder, isNew: Bool) async throws(ErasureError) -> Pseudonym? {
        guard let name = order.name else { return nil }
        do throws(ErasureError) {
            return try await subject(name, order.issuer).pseudonym
        } catch {
            guard isNew, error == .unknownSubject, let issuer = order.issuer else { throw error }
            do throws(KeyStoreError) {
                return try await store.pseudonym(
                    of: DataSubject(issuer: issuer, name: name), salt: random.bytes(IdentityDisclosure.saltBytes))
            } catch {
                throw .vault(error)
            }
        }
    }
}

extension Eraser {
    private func begin() throws(ErasureError) {
        let isFree = state.withLock { state in
            defer { state.isBusy = true }
            return !state.isBusy
        }
        guard isFree else { throw .busy }
    }

    private func end() { state.withLock { $0.isBusy = false } }

    private func name(_ prefix: String) -> String { prefix + Hex.encode(random.bytes(12)) }

    private func subject(_ name: SubjectID, _ issuer: String?) async throws(ErasureError) -> KeptSubject {
        let kept: [KeptSubject]
        do throws(KeyStoreError) {
            kept = try await store.subjects(named: name).filter { issuer == nil || $0.subject.issuer == issuer }
        } catch {
            throw .vault(error)
        }
        guard let first = kept.first else { throw .unknownSubject }
        guard kept.count == 1 else { throw .ambiguous(issuers: kept.map(\.subject.issuer)) }
        return first
    }

    private func record(_ event: GatewayEvent) async throws(ErasureError) -> UInt64 {
        do throws(AuditError) { return try await audit.recordEvent(event) } catch { throw .notRecorded(error) }
    }
}
