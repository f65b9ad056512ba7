import MartletApproval
import MartletCore
import MartletTesting
import Testing

@Suite("The desk when something fails")
struct DeskFailureTests {
    let counter = Counter()
    static let faults: [MemoryApprovalStore.Fault] = [.beforeWrite(.full), .afterWrite(.full)]

    @Test("a store that fails while opening denies, and the retry finds at most one ticket", arguments: faults)
    func opening(fault: MemoryApprovalStore.Fault) async throws {
        counter.store.inject(fault)
        let call = try ApprovalFixture.call()
        await #expect(throws: ApprovalError.store(.full)) { try await counter.standing(call, 0) }
        _ = try await counter.standing(call, 1)
        #expect(try await counter.desk.list(.all).count == 1)
    }

    @Test(
        "a store that fails while a ticket is used runs nothing, and the approval never runs twice",
        arguments: [
            (faults[0], true), (faults[1], false),
        ])
    func using(fault: MemoryApprovalStore.Fault, isStillUsable: Bool) async throws {
        let call = try ApprovalFixture.call()
        let ticket = try await counter.opened(call)
        _ = try await counter.rule(.approve, ticket, 1)
        counter.store.inject(fault)
        await #expect(throws: ApprovalError.store(.full)) { try await counter.consume(ticket, call, 2) }
        let after = try await counter.consume(ticket, call, 3)
        #expect(after == (isStillUsable ? nil : .alreadyConsumed))
    }

    @Test("a store that fails while a ruling is kept leaves it pending or unrecorded, never usable", arguments: faults)
    func ruling(fault: MemoryApprovalStore.Fault) async throws {
        let call = try ApprovalFixture.call()
        let ticket = try await counter.opened(call)
        counter.store.inject(fault)
        await #expect(throws: ApprovalError.store(.full)) { try await counter.rule(.approve, ticket, 1) }
        #expect(try await counter.standing(call, 2).isWaiting(ticket))
        #expect(try await counter.consume(ticket, call, 2) != nil)
    }

    @Test("an approval whose record fails is not usable until it was recorded")
    func recordFails() async throws {
        let call = try ApprovalFixture.call()
        let ticket = try await counter.opened(call)
        await #expect(throws: ApprovalError.notRecorded(ticket)) {
            try await counter.desk.rule(.approve, on: ticket, by: ApprovalFixture.approver(), now: at(1)) { _ in
                throw CancellationError()
            }
        }
        #expect(try await counter.standing(call, 2).isWaiting(ticket))
        #expect(try await counter.consume(ticket, call, 2) == .notRecorded)
        let recorded = try await counter.settle(3)
        #expect(recorded.map(\.ticket) == [ticket])
        #expect(try await counter.consume(ticket, call, 4) == nil)
    }

    @Test("a denial holds though its record fails, and is recorded later")
    func denialRecordFails() async throws {
        let call = try ApprovalFixture.call()
        let ticket = try await counter.opened(call)
        await #expect(throws: ApprovalError.notRecorded(ticket)) {
            try await counter.desk.rule(.deny, on: ticket, by: ApprovalFixture.approver(), now: at(1)) { _ in
                throw CancellationError()
            }
        }
        guard case .denied = try await counter.standing(call, 2) else {
            Issue.record("not denied")
            return
        }
        #expect(try await counter.settle(3).map(\.ticket) == [ticket])
    }

    @Test("housekeeping expires what is due and records each expiry once")
    func housekeeping() async throws {
        let ticket = try await counter.opened(try ApprovalFixture.call())
        #expect(try await counter.settle(899).isEmpty)
        let recorded = try await counter.settle(900)
        #expect(recorded.map(\.ticket) == [ticket])
        #expect(recorded.map(\.state.name) == [.expired])
        #expect(try await counter.settle(901).isEmpty)
    }

    @Test("an approval that expires while it is being recorded is recorded as expired too")
    func expiresMeanwhile() async throws {
        let call = try ApprovalFixture.call()
        let ticket = try await counter.opened(call)
        let store = counter.store
        _ = try await counter.desk.rule(.approve, on: ticket, by: ApprovalFixture.approver(), now: at(899)) { _ in
            _ = try await store.expireDue(at: at(900), limit: 10)
            return 1
        }
        #expect(try await counter.settle(901).map(\.state.name) == [.expired])
    }

    @Test("a refused ruling is not recorded")
    func refusedRuling() async throws {
        let ticket = try await counter.opened(try ApprovalFixture.call())
        let alice = try ApprovalFixture.approver("alice")
        let result = try await counter.desk.rule(.approve, on: ticket, by: alice, now: at(1)) { _ in
            Issue.record("recorded")
            return 0
        }
        #expect(result == .failure(.selfApproval))
    }
}
