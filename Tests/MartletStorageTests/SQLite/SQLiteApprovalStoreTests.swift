import Foundation
import GRDB
import MartletApproval
import MartletCore
import MartletTesting
import Testing

@testable import MartletStorage

@Suite("Approvals in SQLite")
struct SQLiteApprovalStoreTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("keep the contract over two connections", arguments: ApprovalStoreContract.allCases)
    func contract(rule: ApprovalStoreContract) async throws {
        let first = try StateDatabase.open(path: folder.database)
        let second = try StateDatabase.open(path: folder.database)
        try await rule.check(SQLiteApprovalStore(first), SQLiteApprovalStore(second))
        try second.close()
        try first.close()
    }

    @Test("an approval survives a crash before its use, and is used once after it")
    func crashBeforeUse() async throws {
        let database = try StateDatabase.open(path: folder.database)
        let request = try await approved(SQLiteApprovalStore(database))
        let after = try folder.crashed()
        let reopened = SQLiteApprovalStore(try StateDatabase.open(path: after.database))
        #expect(try await reopened.load(request.ticket) == request)
        #expect(try await use(request, 1, reopened).get().state.name == .consumed)
        #expect(try await use(request, 2, reopened) == .failure(.alreadyConsumed))
    }

    @Test("a use survives a crash right after it")
    func crashAfterUse() async throws {
        let store = SQLiteApprovalStore(try StateDatabase.open(path: folder.database))
        let request = try await approved(store)
        _ = try await use(request, 1, store).get()
        let after = try folder.crashed()
        let reopened = SQLiteApprovalStore(try StateDatabase.open(path: after.database))
        #expect(try await use(request, 2, reopened) == .failure(.alreadyConsumed))
    }

    @Test("a database locked by another writer is busy, and nothing changes")
    func locked() async throws {
        let database = try StateDatabase.open(path: folder.database, busyTimeout: 0)
        let store = SQLiteApprovalStore(database)
        let request = try await approved(store)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let intruder = try DatabaseQueue(path: folder.database, configuration: configuration)
        try await intruder.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        await #expect(throws: ApprovalStoreError.busy) { try await use(request, 1, store).get() }
        #expect(try await store.load(request.ticket) == request)
        try await intruder.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        #expect(try await use(request, 1, store).get().state.name == .consumed)
    }

    @Test("a database that cannot be written says so, and what is there can still be read")
    func readOnly() async throws {
        let database = try StateDatabase.open(path: folder.database)
        let store = SQLiteApprovalStore(database)
        let request = try await approved(store)
        try await database.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = ON") }
        await #expect(throws: ApprovalStoreError.readOnly) { try await use(request, 1, store).get() }
        await #expect(throws: ApprovalStoreError.readOnly) {
            try await store.openOrFind(try ApprovalFixture.request(ticket: 9, binding: "9"), limits: PendingLimits())
        }
        #expect(try await store.load(request.ticket) == request)
    }

    @Test("a full database says so")
    func full() async throws {
        let database = try StateDatabase.open(path: folder.database)
        let store = SQLiteApprovalStore(database)
        try await database.pool.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        await #expect(throws: ApprovalStoreError.full) {
            for number in 0..<1000 as Range<UInt64> {
                let request = try ApprovalFixture.request(ticket: number, binding: "\(number)")
                _ = try await store.openOrFind(request, limits: PendingLimits(perAgent: 1000))
            }
        }
    }

    @Test("a closed database is unavailable")
    func closed() async throws {
        let database = try StateDatabase.open(path: folder.database)
        let store = SQLiteApprovalStore(database)
        try database.close()
        await #expect(throws: ApprovalStoreError.self) { try await store.load(try ApprovalFixture.request().ticket) }
    }

    @Test(
        "a row that no release wrote is an error, not a request",
        arguments: [
            ("agent", "'a b'"), ("binding", "'sha256:00'"), ("arguments", "X'00'"), ("approvers", "'olivia \"'"),
            ("leaf", "-1"), ("tool", "''"), ("approver_credential", "'none'"), ("grant_id", "'*'"),
        ])
    func foreignRow(column: String, value: String) async throws {
        let database = try StateDatabase.open(path: folder.database)
        let store = SQLiteApprovalStore(database)
        let request = try await approved(store)
        do {
            try await database.pool.write { try $0.execute(sql: "UPDATE approvals SET \(column) = \(value)") }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            return  // The strict table refused it: as good.
        }
        let error = await #expect(throws: ApprovalStoreError.self) { try await store.load(request.ticket) }
        #expect(error?.isCorrupted == true)
    }

    @Test(
        "no statement reopens a closed approval or undoes its use",
        arguments: [
            "state = 'approved', call = NULL, consumed = NULL", "state = 'pending'", "call = NULL", "leaf = NULL",
            "approver = NULL",
        ])
    func final(change: String) async throws {
        let database = try StateDatabase.open(path: folder.database)
        let store = SQLiteApprovalStore(database)
        let used = try await use(try await approved(store), 1, store).get()
        await #expect(throws: DatabaseError.self) {
            try await database.pool.write { try $0.execute(sql: "UPDATE approvals SET \(change)") }
        }
        #expect(try await store.load(used.ticket) == used)
    }

    private func approved(_ store: SQLiteApprovalStore) async throws -> ApprovalRequest {
        let request = try ApprovalFixture.request()
        _ = try await store.openOrFind(request, limits: PendingLimits())
        let now = ApprovalFixture.start
        _ = try await store.apply(.rule(.approve, ApprovalFixture.approver(), at: now), to: request.ticket).get()
        return try await store.apply(.recorded(.approved, leaf: 3), to: request.ticket).get()
    }

    private func use(
        _ request: ApprovalRequest, _ call: UInt64, _ store: SQLiteApprovalStore
    ) async throws -> Result<ApprovalRequest, ApprovalRefusal> {
        let use = ApprovalTransition.consume(
            ApprovalFixture.callID(call), binding: request.binding, at: ApprovalFixture.start)
        return try await store.apply(use, to: request.ticket)
    }
}

extension ApprovalStoreError {
    fileprivate var isCorrupted: Bool {
        if case .corrupted = self { true } else { false }
    }
}
