package import MartletApproval
package import MartletCore
import Synchronization

/// Keeps approval requests in memory, with the contract of the real store, and fails when told to.
package final class MemoryApprovalStore: ApprovalStore {
    /// How one operation fails.
    package enum Fault: Sendable {
        /// Nothing was stored.
        case beforeWrite(ApprovalStoreError)
        /// It was stored, and the caller does not learn it.
        case afterWrite(ApprovalStoreError)
    }

    private struct Contents {
        var requests: [ApprovalRequest] = []
        var operations = 0
        var faults: [Int: Fault] = [:]
    }

    private let contents = Mutex(Contents())

    package init() {}

    /// Lets the `number`th write from now (1 is the next) fail.
    package func inject(_ fault: Fault, atWrite number: Int = 1) {
        contents.withLock { $0.faults[$0.operations + number] = fault }
    }

    package func openOrFind(
        _ proposal: ApprovalRequest, limits: PendingLimits
    ) async throws(ApprovalStoreError) -> Opening {
        try write { requests throws(ApprovalStoreError) in
            let now = proposal.opened
            if let index = requests.lastIndex(where: { $0.binding == proposal.binding }) {
                if requests[index].stands(at: now) { return .found(requests[index]) }
                _ = requests[index].refusal(of: .expire(at: now))
            }
            let waiting = requests.filter { $0.state == .pending && now < $0.expires }
            let own = waiting.filter {
                $0.subject.agent == proposal.subject.agent && $0.subject.issuer == proposal.subject.issuer
            }
            if let count = limits.exceeded(ofAgent: own.count, ofAll: waiting.count) { return .full(pending: count) }
            guard !requests.contains(where: { $0.ticket == proposal.ticket }) else { throw .ticketTaken }
            requests.append(proposal)
            return .opened(proposal)
        }
    }

    package func load(_ ticket: TicketID) async throws(ApprovalStoreError) -> ApprovalRequest? {
        contents.withLock { $0.requests.first { $0.ticket == ticket } }
    }

    package func list(
        _ filter: ApprovalFilter, limit: Int
    ) async throws(ApprovalStoreError) -> [ApprovalRequest] {
        let all = contents.withLock { $0.requests }
        let wanted = all.reversed().filter { request in
            switch filter {
            case .all: true
            case .inState(let name): request.state.name == name
            case .unrecorded: request.isUnrecorded
            case .open(let person):
                (request.state.name == .pending || request.state.name == .approved) && request.isAsked(by: person)
            }
        }
        return Array(wanted.prefix(min(max(limit, 0), 1000)))
    }

    package func apply(
        _ transition: ApprovalTransition, to ticket: TicketID
    ) async throws(ApprovalStoreError) -> Result<ApprovalRequest, ApprovalRefusal> {
        try write { requests throws(ApprovalStoreError) in
            guard let index = requests.firstIndex(where: { $0.ticket == ticket }) else {
                return .failure(.unknownTicket)
            }
            if let refusal = requests[index].refusal(of: transition) { return .failure(refusal) }
            return .success(requests[index])
        }
    }

    package func expireDue(at now: UnixTime, limit: Int) async throws(ApprovalStoreError) -> [ApprovalRequest] {
        try write { requests throws(ApprovalStoreError) in
            let due = requests.indices.filter { requests[$0].isDue(at: now) }
            let oldest = due.sorted { requests[$0].expires < requests[$1].expires }.prefix(max(limit, 0))
            for index in oldest { _ = requests[index].refusal(of: .expire(at: now)) }
            return oldest.map { requests[$0] }
        }
    }

    package func forget(
        _ person: ApprovalPerson, where isMeant: @Sendable (ApprovalRequest) -> Bool
    ) async throws(ApprovalStoreError) -> Int {
        try write { requests throws(ApprovalStoreError) in
            var count = 0
            for index in requests.indices where isMeant(requests[index]) {
                guard let forgotten = requests[index].forgetting(person), forgotten != requests[index] else { continue }
                requests[index] = forgotten
                count += 1
            }
            return count
        }
    }

    package func discard(openedBefore time: UnixTime) async throws(ApprovalStoreError) -> Int {
        try write { requests throws(ApprovalStoreError) in
            let before = requests.count
            requests.removeAll { request in
                let isOpen = request.state.name == .pending || request.state.name == .approved
                return !isOpen && request.leaf != nil && request.opened < time
            }
            return before - requests.count
        }
    }

    private func write<Value>(
        _ change: (inout [ApprovalRequest]) throws(ApprovalStoreError) -> Value
    ) throws(ApprovalStoreError) -> Value {
        try contents.withLock { contents throws(ApprovalStoreError) in
            contents.operations += 1
            let fault = contents.faults.removeValue(forKey: contents.operations)
            if case .beforeWrite(let error) = fault { throw error }
            let value = try change(&contents.requests)
            if case .afterWrite(let error) = fault { throw error }
            return value
        }
    }
}
