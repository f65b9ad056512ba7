internal import GRDB
package import MartletApproval
package import MartletCore

/// Approval requests in the state database. The rules are `ApprovalRequest.apply`; here they only become atomic.
package struct SQLiteApprovalStore: ApprovalStore {
    private let database: StateDatabase

    package init(_ database: StateDatabase) {
        self.database = database
    }

    package func openOrFind(
        _ proposal: ApprovalRequest, limits: PendingLimits
    ) async throws(ApprovalStoreError) -> Opening {
        // An agent that asks again and again must not take the write lock each time.
        if let standing = try await read({ try newest(for: proposal, in: $0) }), standing.stands(at: proposal.opened) {
            return .found(standing)
        }
        return try await write { database in
            if let last = try newest(for: proposal, in: database) {
                if last.stands(at: proposal.opened) { return .found(last) }
                if last.isDue(at: proposal.opened) { _ = try expire(last, at: proposal.opened, in: database) }
            }
            if let count = try limits.exceeded(by: proposal, in: database) { return .full(pending: count) }
            try insert(proposal, in: database)
            return .opened(proposal)
        }
    }

    package func load(_ ticket: TicketID) async throws(ApprovalStoreError) -> ApprovalRequest? {
        try await read { try request(ticket, in: $0) }
    }

    package func list(
        _ filter: ApprovalFilter, limit: Int
    ) async throws(ApprovalStoreError) -> [ApprovalRequest] {
        let (condition, arguments) = filter.sql
        return try await read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM approvals WHERE \(condition) ORDER BY number DESC LIMIT ?",
                arguments: arguments + [min(max(limit, 0), 1000)])
            return try rows.map(ApprovalRow.request)
        }
    }

    package func apply(
        _ transition: ApprovalTransition, to ticket: TicketID
    ) async throws(ApprovalStoreError) -> Result<ApprovalRequest, ApprovalRefusal> {
        try await write { database in
            guard var changed = try request(ticket, in: database) else { return .failure(.unknownTicket) }
            if let refusal = changed.refusal(of: transition) { return .failure(refusal) }
            try update(changed, in: database)
            return .success(changed)
        }
    }

    package func expireDue(at now: UnixTime, limit: Int) async throws(ApprovalStoreError) -> [ApprovalRequest] {
        try await write { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM approvals WHERE state IN ('pending', 'approved') AND expires <= ?
                    ORDER BY expires, number LIMIT ?
                    """,
                arguments: [now.microseconds, max(limit, 0)])
            return try rows.map(ApprovalRow.request).compactMap { try expire($0, at: now, in: database) }
        }
    }

    package func forget(
        _ person: ApprovalPerson, where isMeant: @Sendable (ApprovalRequest) -> Bool
    ) async throws(ApprovalStoreError) -> Int {
        let count = try await write { database in
            let name = person.name.rawValue
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM approvals WHERE state NOT IN ('pending', 'approved') AND (user = ? OR agent = ?
                    OR approver = ? OR instr(' ' || actors || ' ', ?) > 0 OR instr(' ' || approvers || ' ', ?) > 0)
                    """, arguments: [name, name, name, " \(name) ", " \(name) "])
            var count = 0
            for request in try rows.map(ApprovalRow.request) where isMeant(request) {
                guard let forgotten = request.forgetting(person), forgotten != request else { continue }
                try rewrite(forgotten, in: database)
                count += 1
            }
            return count
        }
        do { try await database.discardHistory() } catch { throw error.approvalStoreError }
        return count
    }

    package func discard(openedBefore time: UnixTime) async throws(ApprovalStoreError) -> Int {
        let count = try await write { database in
            try database.execute(
                sql: """
                    DELETE FROM approvals WHERE state NOT IN ('pending', 'approved') AND leaf IS NOT NULL AND opened < ?
                    """, arguments: [time.microseconds])
            return database.changesCount
        }
        do { try await database.discardHistory() } catch { throw error.approvalStoreError }
        return count
    }

    private func read<Value: Sendable>(
        _ body: @Sendable (Database) throws -> Value
    ) async throws(ApprovalStoreError) -> Value {
        do { return try await database.read(body) } catch { throw error.approvalStoreError }
    }

    private func write<Value: Sendable>(
        _ body: @Sendable (Database) throws -> Value
    ) async throws(ApprovalStoreError) -> Value {
        do {
            return try await database.write(body)
        } catch StateError.unavailable(let code) where code == ResultCode.SQLITE_CONSTRAINT_UNIQUE.rawValue {
            throw .ticketTaken
        } catch {
            throw error.approvalStoreError
        }
    }
}

private func request(_ ticket: TicketID, in database: Database) throws -> ApprovalRequest? {
    try Row.fetchOne(database, sql: "SELECT * FROM approvals WHERE ticket = ?", arguments: [ticket.rawValue])
        .map(ApprovalRow.request)
}

private func newest(for proposal: ApprovalRequest, in database: Database) throws -> ApprovalRequest? {
    try Row.fetchOne(
        database, sql: "SELECT * FROM approvals WHERE binding = ? ORDER BY number DESC LIMIT 1",
        arguments: [proposal.binding.description]
    ).map(ApprovalRow.request)
}

private func insert(_ request: ApprovalRequest, in database: Database) throws {
    let columns = request.fixedColumns + (try request.stateColumns())
    let names = columns.map(\.name).joined(separator: ", ")
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    try database.execute(
        sql: "INSERT INTO approvals (\(names)) VALUES (\(marks))", arguments: StatementArguments(columns.map(\.value)))
}

private func update(_ request: ApprovalRequest, in database: Database) throws {
    try write(try request.stateColumns(), of: request, in: database)
}

private func rewrite(_ request: ApprovalRequest, in database: Database) throws {
    try write(request.fixedColumns + (try request.stateColumns()), of: request, in: database)
}

private func write(
    _ columns: [(name: String, value: (any DatabaseValueConvertible)?)], of request: ApprovalRequest,
    in database: Database
) throws {
    let changes = columns.map { "\($0.name) = ?" }.joined(separator: ", ")
    try database.execute(
        sql: "UPDATE approvals SET \(changes) WHERE ticket = ?",
        arguments: StatementArguments(columns.map(\.value)) + [request.ticket.rawValue])
    guard database.changesCount == 1 else { throw StateError.corrupted("approvals.ticket") }
}

private func expire(_ request: ApprovalRequest, at now: UnixTime, in database: Database) throws -> ApprovalRequest? {
    var expired = request
    guard expired.refusal(of: .expire(at: now)) == nil else { return nil }
    try update(expired, in: database)
    return expired
}

extension PendingLimits {
    fileprivate func exceeded(by proposal: ApprovalRequest, in database: Database) throws -> Int? {
        let sql = "SELECT count(*) FROM approvals WHERE state = 'pending' AND expires > ?"
        let now = proposal.opened.microseconds
        let all = try Int.fetchOne(database, sql: sql, arguments: [now]) ?? 0
        let own = try Int.fetchOne(
            database, sql: sql + " AND agent = ? AND issuer = ?",
            arguments: [now, proposal.subject.agent.rawValue, proposal.subject.issuer])
        return exceeded(ofAgent: own ?? 0, ofAll: all)
    }
}

extension ApprovalFilter {
    fileprivate var sql: (condition: String, arguments: StatementArguments) {
        switch self {
        case .all: ("1", [])
        case .inState(let name): ("state = ?", [name.rawValue])
        case .unrecorded: ("leaf IS NULL AND state <> 'pending'", [])
        case .open(let person):
            (
                "state IN ('pending', 'approved') AND issuer = ? AND coalesce(user, agent) = ?",
                [person.issuer, person.name.rawValue]
            )
        }
    }
}
