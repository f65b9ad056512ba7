internal import GRDB
package import MartletCore

/// Remembers which era each upstream was found to speak, so that a change while the gateway was down is noticed too.
package struct SQLiteEraStore: Sendable {
    /// One upstream's era. The address says which server it was: another one at the same name starts anew.
    package struct Pin: Hashable, Sendable {
        package let upstream: UpstreamID
        /// SHA-256 of what the configuration says about how to reach it.
        package let address: Digest
        /// The wire name of the era's revision.
        package let era: String

        package init(upstream: UpstreamID, address: Digest, era: String) {
            self.upstream = upstream
            self.address = address
            self.era = era
        }
    }

    private let database: StateDatabase

    package init(_ database: StateDatabase) {
        self.database = database
    }

    /// All pins, in the order of their names.
    package func pins() async throws(StateError) -> [Pin] {
        try await database.read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT upstream, address, era FROM upstream_eras ORDER BY upstream")
            return try rows.map { row in
                let reader = RowReader(row: row)
                return Pin(
                    upstream: try reader.parse("upstream", UpstreamID.init),
                    address: try reader.parse("address") { Digest($0) }, era: try reader.text("era"))
            }
        }
    }

    /// Writes a pin down in place of what was known of this upstream.
    package func keep(_ pin: Pin, now: UnixTime) async throws(StateError) {
        try await database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO upstream_eras (upstream, address, era, pinned) VALUES (?, ?, ?, ?)
                    ON CONFLICT (upstream) DO UPDATE SET address = excluded.address, era = excluded.era,
                    pinned = excluded.pinned
                    """,
                arguments: [pin.upstream.rawValue, pin.address.description, pin.era, now.microseconds])
        }
    }
}
