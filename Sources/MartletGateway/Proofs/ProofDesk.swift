import MartletAudit
import MartletAuthn
import MartletCore
import MartletMCP

/// Hands out the proof that a record stands in the log, to the caller whose record it is.
///
/// `GET /audit/proof/<index>`: C2SP tlog-proof, without the record; as a COSE receipt for who asks for `application/cose`.
/// Every other record is answered like one that never was.
/// Source: docs/adr/0025.
struct ProofDesk: Sendable {
    let authentication: Authentication
    let audit: AuditLog
    let errors: ErrorMapping
    let refusals: Refusals
    let slots: CallSlots
    let clock: any GatewayClock
    let random: any RandomSource
    /// Reads the published log, beside the event loops.
    let look: @Sendable (UInt64) async -> ProofLookup
    /// Signs the proof of a record as a COSE receipt, beside the event loops; nil when it cannot.
    let receipt: @Sendable (ProvenRecord) async -> [UInt8]?

    func answer(_ index: UInt64, _ inbound: InboundRequest, route: Route) async -> AuditedResponse {
        var exchange = Exchange(
            inbound, route: route, revocationEpoch: authentication.revocationEpoch, now: clock.now(), random: random)
        let caller: Principal
        switch await authentication.check(exchange) {
        case .success(let proof): caller = proof.principal
        case .failure(let failure): return await refusals.unauthenticated(failure, exchange)
        }
        exchange.principal = caller
        guard inbound.method == "GET" else { return await refusals.malformed(.unknownRoute, exchange) }
        guard slots.take() else { return await refusals.tooMany(exchange) }
        defer { slots.release() }
        let found = await look(index)
        guard authentication.lapse(of: caller, exchange, now: clock.now()) == nil else {
            return await refusals.noSuchRecord(exchange)
        }
        switch found {
        case .notCovered: return audit.unrecorded(.proof, answering: errors.notCovered())
        case .unavailable: return audit.unrecorded(.proof, answering: errors.noProof())
        case .found(let record):
            guard await isOwn(record, at: index, caller) else { return await refusals.noSuchRecord(exchange) }
            return audit.unrecorded(.proof, answering: await draft(of: record, for: inbound))
        }
    }

    /// Only what is the caller's is ever signed for one.
    private func draft(of record: ProvenRecord, for inbound: InboundRequest) async -> ResponseDraft {
        guard inbound.values("accept").contains(where: { MediaType.list($0, names: "application/cose") }) else {
            return errors.proof(record.proof)
        }
        return await receipt(record).map(errors.receipt) ?? errors.noProof()
    }

    /// Whether the caller is the one whom the record, or the intent that it closes, names as verified.
    private func isOwn(_ record: ProvenRecord, at index: UInt64, _ caller: Principal) async -> Bool {
        do throws(LeafError) {
            let entry = try TimelineEntry(leaf: record.leaf, index: index)
            let owners = await audit.owners(caller)
            guard let intent = entry.intent else { return RecordOwner(entry).map(owners.contains) ?? false }
            guard case .found(let opened) = await look(intent) else { return false }
            return RecordOwner(try TimelineEntry(leaf: opened.leaf, index: intent)).map(owners.contains) ?? false
        } catch {
            return false
        }
    }
}
