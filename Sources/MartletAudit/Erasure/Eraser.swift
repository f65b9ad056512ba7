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
    private let random: any RandomSource
    private let found: Erasures
    private let state: Mutex<State>

    private struct State {
        var holds: [String: HoldFacts]
        var isBusy = false
    }

    /// `found` is what the log says so far.
    package init(
        audit: AuditLog, store: any KeyStore, vault: PayloadVault, found: Erasures,
        random: any RandomSource = SystemRandomSource()
    ) {
        self.audit = audit
        self.store = store
        self.vault = vault
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
        return try await execute(facts, requested: try await record(.erasureRequested(facts)))
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
                finished.append(try await execute(erasure.facts, requested: erasure.requested))
            } else {
                _ = try await record(.erasureRefused(erasure.facts, holds))
            }
        }
        var again = 0
        do throws(KeyStoreError) {
            for erasure in found.executed {
                again += try await store.destroy(erasure.facts.keys, forgetting: erasure.facts.subject)
            }
        } catch {
            throw .vault(error)
        }
        return (finished, again)
    }

    private func execute(_ facts: ErasureFacts, requested: UInt64) async throws(ErasureError) -> ErasureReport {
        do throws(KeyStoreError) {
            _ = try await store.destroy(facts.keys, forgetting: facts.subject)
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
