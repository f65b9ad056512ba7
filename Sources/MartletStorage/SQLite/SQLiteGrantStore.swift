internal import GRDB
package import MartletCore

/// Remembers when each grant was seen for the first time: the start of the life of a grant that names no end.
package struct SQLiteGrantStore: Sendable {
    /// The moment of a grant's first sight, and whether that is now.
    package struct FirstSight: Hashable, Sendable {
        package let at: UnixTime
        package let isNew: Bool
    }

    private let database: StateDatabase

    package init(_ database: StateDatabase) {
        self.database = database
    }

    /// Returns the first sight of every grant in `keys`, and writes down `now` for those never seen, in one step.
    ///
    /// A key stands for the grant's content (role, tool, scope …): an edited grant has a new key and a new life.
    /// A first sight never moves, also when the grant was absent in between.
    package func firstSights(
        of keys: Set<String>, now: UnixTime
    ) async throws(StateError) -> [String: FirstSight] {
        try await database.write { database in
            var sights: [String: FirstSight] = [:]
            for key in keys.sorted() { sights[key] = try firstSight(of: key, now: now, in: database) }
            return sights
        }
    }
}

private func firstSight(of key: String, now: UnixTime, in database: Database) throws -> SQLiteGrantStore.FirstSight {
    try database.execute(
        sql: "INSERT INTO grants_first_seen (grant_key, first_seen) VALUES (?, ?) ON CONFLICT DO NOTHING",
        arguments: [key, now.microseconds])
    let isNew = database.changesCount == 1
    guard
        let row = try Row.fetchOne(
            database, sql: "SELECT first_seen FROM grants_first_seen WHERE grant_key = ?", arguments: [key])
    else { throw StateError.corrupted("grants_first_seen") }
    return SQLiteGrantStore.FirstSight(at: try RowReader(row: row).time("first_seen"), isNew: isNew)
}
