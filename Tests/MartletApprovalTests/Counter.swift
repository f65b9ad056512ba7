import MartletApproval
import MartletCore
import MartletPolicy
import MartletTesting
import Testing

/// A desk over a store in memory, with the steps that the tests repeat; times are seconds after the fixture's start.
struct Counter: Sendable {
    let store = MemoryApprovalStore()
    let desk: ApprovalDesk
    let policy = Digest(of: Array("policy".utf8))

    init() {
        desk = ApprovalDesk(store: store, random: SeededRandom(seed: 42))
    }

    /// Stands in for the policy's digest: equal for the same caller, tool and arguments.
    func binding(of call: ToolCall) -> Digest {
        Digest(of: call.argumentDigest.bytes + Array(call.principal.agent.rawValue.utf8))
    }

    func requirement(
        _ call: ToolCall, approvers: [String] = ["olivia", "oscar"], quorum: Int = 1
    ) throws -> ApprovalRequirement {
        ApprovalRequirement(
            grant: try #require(GrantID("payments.1")), approvers: try approvers.map(ApprovalFixture.subject),
            quorum: quorum, ttl: Seconds(900), bindingDigest: binding(of: call))
    }

    func standing(_ call: ToolCall, _ second: Int) async throws -> Standing {
        try await desk.standing(for: requirement(call), call: call, policy: policy, now: at(second))
    }

    /// The ticket that `call` opens; the test fails when it does not open one.
    func opened(_ call: ToolCall, _ second: Int = 0) async throws -> TicketID {
        guard case .pending(let request, isNew: true) = try await standing(call, second) else {
            throw ApprovalStoreContract.Violation(description: "no new ticket")
        }
        return request.ticket
    }

    func rule(_ verdict: Verdict, _ ticket: TicketID, _ second: Int) async throws -> ApprovalRequest {
        try await desk.rule(verdict, on: ticket, by: ApprovalFixture.approver(), now: at(second)) { _ in 3 }.get()
    }

    /// The refusal; nil when the call may run.
    func consume(_ ticket: TicketID, _ call: ToolCall, _ second: Int) async throws -> ApprovalRefusal? {
        switch try await desk.consume(ticket, by: call.id, binding: binding(of: call), now: at(second)) {
        case .success: nil
        case .failure(let refusal): refusal
        }
    }

    /// What housekeeping recorded.
    func settle(_ second: Int) async throws -> [ApprovalRequest] {
        var recorded: [ApprovalRequest] = []
        try await desk.settle(now: at(second)) { request in
            recorded.append(request)
            return UInt64(recorded.count)
        }
        return recorded
    }
}

extension Standing {
    func isWaiting(_ ticket: TicketID) -> Bool {
        guard case .pending(let request, isNew: false) = self else { return false }
        return request.ticket == ticket
    }
}
