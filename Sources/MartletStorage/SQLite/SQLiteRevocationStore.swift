internal import GRDB
package import MartletAuthn
package import MartletCore

/// One revocation as it is kept: since when it holds, and until when it must.
package struct KeptRevocation: Hashable, Sendable {
    package let revocation: Revocation
    package let revoked: UnixTime
    /// The first moment at which it may be forgotten: whatever it names has ended by itself.
    package let until: UnixTime

    package init(_ revocation: Revocation, revoked: UnixTime, until: UnixTime) {
        self.revocation = revocation
        self.revoked = revoked
        self.until = until
    }
}

/// Revocations that survive a restart.
package struct SQLiteRevocationStore: Sendable {
    private let database: StateDatabase

    package init(_ database: StateDatabase) {
        self.database = database
    }

    /// Keeps a revocation. One that is there already keeps its first moment and the later of both ends: it is never
    /// shortened.
    package func keep(_ kept: KeptRevocation) async throws(StateError) {
        let (kind, value) = kept.revocation.columns
        try await database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO revocations (kind, value, revoked, until) VALUES (?, ?, ?, ?)
                    ON CONFLICT (kind, value) DO UPDATE SET until = max(until, excluded.until)
                    """,
                arguments: [kind, value, kept.revoked.microseconds, kept.until.microseconds])
        }
    }

    /// All that hold at `now`, the oldest first.
    package func holding(at now: UnixTime) async throws(StateError) -> [KeptRevocation] {
        try await database.read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM revocations WHERE until > ? ORDER BY revoked, rowid",
                arguments: [now.microseconds])
            return try rows.map(kept)
        }
    }

    /// Takes a revocation back; false when there is none.
    package func remove(_ revocation: Revocation) async throws(StateError) -> Bool {
        let (kind, value) = revocation.columns
        return try await database.write { database in
            try database.execute(
                sql: "DELETE FROM revocations WHERE kind = ? AND value = ?", arguments: [kind, value])
            return database.changesCount == 1
        }
    }

    /// Deletes what no longer holds at `now`, and returns how many there were.
    package func forget(endedAt now: UnixTime) async throws(StateError) -> Int {
        try await database.write { database in
            try database.execute(sql: "DELETE FROM revocations WHERE until <= ?", arguments: [now.microseconds])
            return database.changesCount
        }
    }
}

extension Revocation {
    fileprivate var columns: (kind: String, value: String) {
        switch self {
        case .tokenID(let id): ("token_id", id)
        case .subject(let subject): ("subject", subject.rawValue)
        case .digest(let digest): ("digest", digest.description)
        }
    }
}

private func kept(_ row: Row) throws -> KeptRevocation {
    let reader = RowReader(row: row)
    let revocation: Revocation
    switch try reader.text("kind") {
    case "token_id": revocation = .tokenID(try reader.text("value"))
    case "subject": revocation = .subject(try reader.parse("value", SubjectID.init))
    case "digest": revocation = .digest(try reader.parse("value", Digest.init))
    default: throw StateError.corrupted("revocations.kind")
    }
    return KeptRevocation(revocation, revoked: try reader.time("revoked"), until: try reader.time("until"))
}
