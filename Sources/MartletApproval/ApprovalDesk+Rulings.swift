package import MartletCore

/// What approvers and the gateway's housekeeping call.
extension ApprovalDesk {
    /// Makes the record of a ruling or an expiry durable and returns its leaf index.
    package typealias Recording = (ApprovalRequest) async throws -> UInt64

    /// Decides a request. The ruling is stored, then recorded, and only then can a call use it.
    ///
    /// When `record` fails this throws `.notRecorded`: a denial holds already, an approval not before `settle`.
    package func rule(
        _ verdict: Verdict, on ticket: TicketID, by approver: Approver, now: UnixTime, record: Recording
    ) async throws(ApprovalError) -> Result<ApprovalRequest, ApprovalRefusal> {
        let ruled = try await apply(.rule(verdict, approver, at: now), to: ticket)
        guard case .success(let request) = ruled else { return ruled }
        return .success(try await keep(request, record))
    }

    /// Expires what is due, then records every ruling and expiry that has no durable record yet, at most 100 of each.
    ///
    /// Run at start and then about once a second. After a crash between a ruling and its record this is what records
    /// it; a crash between the record and the note of it gives a second, equal record of the same ticket.
    package func settle(now: UnixTime, record: Recording) async throws(ApprovalError) {
        let unrecorded: [ApprovalRequest]
        do {
            _ = try await store.expireDue(at: now, limit: 100)
            unrecorded = try await store.list(.unrecorded, limit: 100)
        } catch {
            throw .store(error)
        }
        for request in unrecorded { _ = try await keep(request, record) }
    }

    /// Ends a request before its time, because its own record could not be written.
    package func withdraw(_ request: ApprovalRequest) async throws(ApprovalError) {
        _ = try await apply(.expire(at: request.expires), to: request.ticket)
    }

    /// Ends what `person` asked for, is meant and is not over, and records every end of theirs: after this their requests can be
    /// forgotten.
    package func close(
        _ person: ApprovalPerson, where isMeant: @Sendable (ApprovalRequest) -> Bool = { _ in true }, record: Recording
    ) async throws(ApprovalError) {
        var open = try await list(.open(person), limit: 1000).filter(isMeant)
        while !open.isEmpty {
            for request in open { try await withdraw(request) }
            open = try await list(.open(person), limit: 1000).filter(isMeant)
        }
        for request in try await list(.unrecorded, limit: 1000) where request.isAsked(by: person) {
            _ = try await keep(request, record)
        }
    }

    /// Ends every request that is not over, whoever asked, and records it: nothing that was asked under one log is used under the next.
    package func closeAll(record: Recording) async throws(ApprovalError) {
        for state in [ApprovalState.Name.pending, .approved] {
            var open = try await list(.inState(state), limit: 1000)
            while !open.isEmpty {
                for request in open { try await withdraw(request) }
                open = try await list(.inState(state), limit: 1000)
            }
        }
        var unrecorded = try await list(.unrecorded, limit: 1000)
        while !unrecorded.isEmpty {
            for request in unrecorded { _ = try await keep(request, record) }
            unrecorded = try await list(.unrecorded, limit: 1000)
        }
    }

    /// Takes `person` out of the requests that are over; see `ApprovalStore.forget`.
    package func forget(
        _ person: ApprovalPerson, where isMeant: @Sendable (ApprovalRequest) -> Bool
    ) async throws(ApprovalError) -> Int {
        do { return try await store.forget(person, where: isMeant) } catch { throw .store(error) }
    }

    /// Removes requests that are over; see `ApprovalStore.discard`.
    package func discard(openedBefore time: UnixTime) async throws(ApprovalError) -> Int {
        do { return try await store.discard(openedBefore: time) } catch { throw .store(error) }
    }

    package func load(_ ticket: TicketID) async throws(ApprovalError) -> ApprovalRequest? {
        do { return try await store.load(ticket) } catch { throw .store(error) }
    }

    /// The newest first; at most `limit`.
    package func list(_ filter: ApprovalFilter, limit: Int = 100) async throws(ApprovalError) -> [ApprovalRequest] {
        do { return try await store.list(filter, limit: limit) } catch { throw .store(error) }
    }

    private func keep(_ request: ApprovalRequest, _ record: Recording) async throws(ApprovalError) -> ApprovalRequest {
        let leaf: UInt64
        do {
            leaf = try await record(request)
        } catch {
            throw .notRecorded(request.ticket)
        }
        switch try await apply(.recorded(request.state.name, leaf: leaf), to: request.ticket) {
        case .success(let kept): return kept
        // Recorded twice, or moved on meanwhile: the record is true either way, the stored state has its own.
        case .failure: return request
        }
    }
}
