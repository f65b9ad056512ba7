package import MartletCore
import MartletJSON
package import MartletPolicy
import Synchronization

/// The evidence of everything the gateway lets through, refuses and changes. Stage 6 and stage 9 of a call.
///
/// Each function builds one record, waits until it is durable, and only then gives the proof that the next step asks
/// for: a `RecordedCall` to dispatch, an `AuditedResponse` to answer. Source: docs/request-path.md, "Order of
/// durability".
package final class AuditLog: Sendable {
    private let store: any AuditStore
    private let clock: any GatewayClock
    private let random: any RandomSource
    let vault: PayloadVault
    let records: RecordBuilder
    private let orders: OutcomeOrders
    /// nil when answers carry no receipt.
    private let receipts: ReceiptStatement?
    private let state = Mutex(State())

    private struct State {
        /// Intents of this process that have no outcome yet: as many as calls are in flight.
        var open: [UInt64: OpenCall] = [:]
        /// Intents whose stream was dropped; each becomes `call.in_doubt` at the next flush.
        var abandoned: [IntentReceipt] = []
        /// Standing streams that ended; each becomes `stream.closed` at the next flush.
        var ended: [StreamEnding] = []
        var failures = FailureWindows()
        var gap = GapCount()
    }

    package init(
        store: any AuditStore, clock: any GatewayClock, random: any RandomSource, identity: LogIdentity,
        sealing vault: PayloadVault, listed: ListedNames = ListedNames(), redacting redactor: Redactor = Redactor(),
        ordering orders: OutcomeOrders = OutcomeOrders(),
        receipts: ReceiptStatement? = nil
    ) {
        self.store = store
        self.clock = clock
        self.random = random
        self.vault = vault
        self.orders = orders
        records = RecordBuilder(identity: identity, root: vault.root, redactor: redactor, listed: listed)
        self.receipts = receipts
    }

    // MARK: Calls

    /// Records that `authorized` is about to be sent. When this throws, nothing may be sent.
    package func recordIntent(
        _ authorized: AuthorizedCall, context: CallContext
    ) async throws(AuditError) -> RecordedCall {
        let time = clock.now()
        let subject = DataSubject(authorized.call.principal)
        let key =
            if let key = vault.known(subject, at: time) { key } else { try await vault.key(of: subject, at: time) }
        let order = orders.order(of: authorized)
        let generation = vault.generation
        let caller =
            if let caller = authorized.call.principal.written(in: generation) { caller } else {
                try await caller(authorized.call.principal)
            }
        let names = authorized.approval == nil ? .none : try await names(of: authorized)
        let entry = try records.intent(
            authorized, context, order, by: caller, names, key: key, time: time, seed: RecordSeed(random))
        let leaf = try await append(entry, .callIntent)
        let intent = IntentReceipt(call: authorized.call.id, index: leaf.index)
        let open = OpenCall(authorized.call, key, leaf, order)
        state.withLock { $0.open[intent.index] = open }
        return RecordedCall(call: authorized.call, intent: intent)
    }

    /// Records how a call ended; the answer may leave only with what this returns.
    ///
    /// Whether it returns or throws, the intent is closed: a second outcome throws `intentNotOpen`. When it throws for
    /// another reason the result must not leave (`withhold`), and recovery finds the intent open or closed. Of a call that the
    /// operator lets answer first (`OutcomeOrder.nextBatch`) it returns when the outcome stands in line, and the receipt names
    /// the intent; when the outcome is lost then, that is counted for `log.gap`, and the intent stands without one.
    package func recordOutcome(
        of intent: IntentReceipt, _ facts: OutcomeFacts, answering draft: ResponseDraft
    ) async throws(AuditError) -> AuditedResponse {
        let leaf = try await writeOutcome(of: intent, facts)
        return AuditedResponse(completed(draft, with: leaf))
    }

    /// The answer to a call whose outcome could not be recorded: `draft` says so and holds nothing of the result.
    ///
    /// There is nothing to write: the loss is counted for `log.gap`, and the intent stands without an outcome.
    package func withhold(
        resultOf intent: IntentReceipt, because error: AuditError, answering draft: ResponseDraft
    ) -> AuditedResponse {
        AuditedResponse(draft)
    }

    /// Opens a streamed answer to a call whose intent is durable; `head.body` may hold the first event.
    package func openStream(
        for intent: IntentReceipt, head: ResponseDraft, to sink: @escaping AuditedStream.Sink
    ) -> AuditedStream {
        AuditedStream(intent: intent, log: self, head: head, sink: sink)
    }

    /// Records a refusal. Never throws: when the log is down the refusal stands, is counted and later written as
    /// `log.gap`.
    package func recordDenial(_ denial: DenialFacts, answering draft: ResponseDraft) async -> AuditedResponse {
        let key = await keyIfAny(of: denial)
        let caller = await callerIfAny(of: denial)
        let leaf = await attempt(.callDenied) { (time, seed) throws(AuditError) in
            try records.denial(denial, by: caller, key: key, time: time, seed: seed)
        }
        return AuditedResponse(leaf.map { completed(draft, with: $0) } ?? draft)
    }

    /// Records what a caller was shown of a list. When this throws, the list must not be shown.
    package func recordList(
        _ list: ListFacts, answering draft: ResponseDraft
    ) async throws(AuditError) -> AuditedResponse {
        let time = clock.now()
        let key = try await key(of: DataSubject(list.principal), at: time)
        let caller = try await caller(list.principal)
        let entry = try records.list(list, by: caller, key: key, time: time, seed: RecordSeed(random))
        _ = try await append(entry, .listFiltered)
        return AuditedResponse(draft)
    }

    /// Lets an answer out that carries no decision and has no record of its own.
    package func unrecorded(_ kind: UnrecordedKind, answering draft: ResponseDraft) -> AuditedResponse {
        AuditedResponse(draft)
    }

    /// The receipt of an answer names the record that the answer rests on.
    func completed(_ draft: ResponseDraft, with leaf: RecordedLeaf) -> ResponseDraft {
        guard let receipts, draft.receipt != nil else { return draft }
        var draft = draft
        draft.complete(with: receipts.members(for: leaf))
        return draft
    }

    func writeOutcome(
        of intent: IntentReceipt, _ facts: OutcomeFacts
    ) async throws(AuditError) -> RecordedLeaf {
        let open = state.withLock { $0.open.removeValue(forKey: intent.index) }
        guard let open, open.call == intent.call else { throw .intentNotOpen(index: intent.index) }
        let time = clock.now()
        do throws(AuditError) {
            let entry = try records.outcome(of: intent, facts, open, time: time, seed: RecordSeed(random))
            switch open.order {
            case .beforeReply: return RecordedLeaf(index: try await store.append(entry), hash: entry.hash)
            case .nextBatch:
                try store.enqueue(entry) { [self] _ in lost(.callOutcome, at: time) }
                return open.leaf
            }
        } catch {
            lost(.callOutcome, at: time)
            throw error
        }
    }

    func abandon(_ intent: IntentReceipt) {
        state.withLock { state in
            guard state.open.removeValue(forKey: intent.index) != nil else { return }
            // Beyond this many the next start finds them; the count goes into the gap.
            guard state.abandoned.count < 65_536 else {
                return state.gap.add(.callInDoubt, count: 1, at: clock.now())
            }
            state.abandoned.append(intent)
        }
    }

    /// A standing stream has ended; its record follows with the next flush.
    func note(_ facts: StreamFacts, opened: UInt64, _ end: StreamEnd, sent: Int) {
        let ending = StreamEnding(facts: facts, opened: opened, end: end, at: clock.now(), sent: sent)
        state.withLock { state in
            guard state.ended.count < 65_536 else { return state.gap.add(.streamClosed, count: 1, at: ending.at) }
            state.ended.append(ending)
        }
    }

    // MARK: Events

    /// Records something beside the calls and returns its index. What must be recorded before it counts (an approval,
    /// a configuration) does not count when this throws.
    package func recordEvent(_ event: GatewayEvent) async throws(AuditError) -> UInt64 {
        let time = clock.now()
        let open = state.withLock { $0.open.count }
        do throws(AuditError) {
            let key = try await key(of: event, at: time)
            let names = try await names(of: event.people(records.listed))
            let entry = try records.event(event, names, key: key, open: open, time: time, seed: RecordSeed(random))
            return try await store.append(entry)
        } catch {
            lost(event.type, at: time)
            throw error
        }
    }

    /// Records something whose record decides nothing; what cannot be written is counted for `log.gap`.
    package func note(_ event: GatewayEvent) async {
        do throws(AuditError) {
            _ = try await recordEvent(event)
        } catch {
            // Counted by what threw.
            return
        }
    }

    /// Records a request without a valid credential: the first of its kind at once, the following ones counted.
    ///
    /// A kind is source, reason and route, a window 60 seconds long. What is counted is written when the window closes
    /// (`flushCoalesced`). Never throws; see `recordDenial`.
    package func recordAuthenticationFailure(
        _ failure: AuthenticationFailureFacts, answering draft: ResponseDraft
    ) async -> AuditedResponse {
        let now = clock.now()
        let step = state.withLock { $0.failures.note(failure, at: now) }
        if let closed = step.closed { await write(closed) }
        if step.isFirst { await write(FailureCount(failure, at: now)) }
        return AuditedResponse(draft)
    }

    /// Writes what was only counted: authentication failures whose window has closed (all of them when `everything`),
    /// abandoned streams, ended standing streams, and at most once a minute the gap. To be called about once a second, and before closing.
    package func flushCoalesced(now: UnixTime, everything: Bool = false) async {
        let closed = state.withLock { $0.failures.close(at: now, everything: everything) }
        for count in closed { await write(count) }
        let abandoned = state.withLock { state in
            defer { state.abandoned = [] }
            return state.abandoned
        }
        for intent in abandoned { await writeDoubt(intent, .streamAbandoned) }
        let ended = state.withLock { state in
            defer { state.ended = [] }
            return state.ended
        }
        for ending in ended { await write(ending) }
        await flushGap(now: now, everything: everything)
    }

    // MARK: Recovery

    /// Writes `call.in_doubt` for each intent that `scan` found open, and returns how many.
    ///
    /// To be called once, after `log.opened` and before the first call. When it throws, some may be written: the next
    /// start finds the others, and none is written twice that the store holds.
    package func resolve(_ scan: OpenIntents) async throws(AuditError) -> Int {
        let intents = scan.open
        for intent in intents {
            let entry = try records.inDoubt(
                intent, reason: .noOutcomeBeforeRestart, time: clock.now(), seed: RecordSeed(random))
            _ = try await append(entry, .callInDoubt)
        }
        return intents.count
    }
}

// MARK: Keys

extension AuditLog {
    private func key(of subject: DataSubject, at time: UnixTime) async throws(AuditError) -> DataKey {
        if let key = vault.known(subject, at: time) { return key }
        return try await vault.key(of: subject, at: time)
    }

    private func key(of event: GatewayEvent, at time: UnixTime) async throws(AuditError) -> DataKey? {
        guard let subject = event.sealedFor else { return nil }
        return try await key(of: subject, at: time)
    }

    /// Nil when no key can be had: the denial is then recorded without what it would seal.
    private func keyIfAny(of denial: DenialFacts) async -> DataKey? {
        guard denial.arguments != nil || denial.argumentDigest != nil || denial.bodyDigest != nil else { return nil }
        do throws(AuditError) {
            return try await key(of: denial.principal.map(DataSubject.init) ?? .nobody, at: clock.now())
        } catch {
            return nil
        }
    }
}

// MARK: Writing

extension AuditLog {
    private func append(_ entry: AuditEntry, _ type: RecordType) async throws(AuditError) -> RecordedLeaf {
        do throws(AuditError) {
            return RecordedLeaf(index: try await store.append(entry), hash: entry.hash)
        } catch {
            lost(type, at: clock.now())
            throw error
        }
    }

    /// Writes a record whose loss is counted and stops nothing; nil when it was lost.
    @discardableResult
    private func attempt(
        _ type: RecordType, counting count: Int = 1,
        _ build: (UnixTime, RecordSeed) throws(AuditError) -> AuditEntry
    ) async -> RecordedLeaf? {
        let time = clock.now()
        do throws(AuditError) {
            let entry = try build(time, RecordSeed(random))
            return RecordedLeaf(index: try await store.append(entry), hash: entry.hash)
        } catch {
            lost(type, count: count, at: time)
            return nil
        }
    }

    private func lost(_ type: RecordType, count: Int = 1, at time: UnixTime) {
        guard type.isCountedWhenLost else { return }
        state.withLock { $0.gap.add(type, count: count, at: time) }
    }

    private func write(_ failures: FailureCount) async {
        await attempt(.authenticationFailed, counting: failures.count) { (time, seed) throws(AuditError) in
            try records.authenticationFailure(failures, time: time, seed: seed)
        }
    }

    private func write(_ ending: StreamEnding) async {
        let caller: WrittenMembers
        do throws(AuditError) {
            caller = try await self.caller(ending.facts.principal)
        } catch {
            return lost(.streamClosed, at: clock.now())
        }
        await attempt(.streamClosed) { (time, seed) throws(AuditError) in
            try records.streamClosed(ending, by: caller, time: time, seed: seed)
        }
    }

    private func writeDoubt(_ intent: IntentReceipt, _ reason: DoubtReason) async {
        await attempt(.callInDoubt) { (time, seed) throws(AuditError) in
            try records.inDoubt(intent, reason: reason, time: time, seed: seed)
        }
    }

    private func flushGap(now: UnixTime, everything: Bool) async {
        guard let gap = state.withLock({ $0.gap.take(at: now, everything: everything) }) else { return }
        do throws(AuditError) {
            _ = try await store.append(try records.gap(gap, time: now, seed: RecordSeed(random)))
        } catch {
            state.withLock { $0.gap.restore(gap) }
        }
    }
}

/// A call in flight: what its outcome is recorded with.
struct OpenCall {
    let call: CallID
    /// The key of its intent seals its outcome too.
    let key: DataKey
    let upstream: UpstreamID
    let tool: ToolName?
    /// Its intent.
    let leaf: RecordedLeaf
    let order: OutcomeOrder

    init(_ call: ToolCall, _ key: DataKey, _ leaf: RecordedLeaf, _ order: OutcomeOrder) {
        self.call = call.id
        (self.key, self.leaf, self.order) = (key, leaf, order)
        upstream = call.upstream
        tool = call.subject.tool
    }
}
