import FoundationEssentials
internal import GRDB
package import MartletAudit

/// Reads the vault for whoever reads a log, beside a running gateway or without one. Makes and changes nothing.
package struct VaultReader: Sendable {
    private let queue: DatabaseQueue

    /// Nil when there is no file at `path`.
    package static func open(path: String) throws(StateError) -> VaultReader? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            configuration.label = "martlet.vault.reader"
            // Not read-only where that can be helped: what a crash left half written is then taken back before it is read.
            configuration.readonly = !FileManager.default.isWritableFile(atPath: path)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let found = try queue.read { try Int32.fetchOne($0, sql: "PRAGMA application_id") }
            guard found == VaultSchema.applicationID else { throw StateError.foreignFile }
            return VaultReader(queue: queue)
        } catch {
            throw StateError(error)
        }
    }

    /// Who the pseudonym stands for, and what shows that; nil when it is not known, or not any more.
    package func identity(_ pseudonym: Pseudonym) throws(StateError) -> KnownIdentity? {
        do {
            return try queue.read { database in
                let row = try Row.fetchOne(
                    database, sql: "SELECT * FROM subjects WHERE pseudonym = ?", arguments: [pseudonym.rawValue])
                guard let row else { return nil }
                // A vault that no gateway of this release has opened yet has no such column.
                let disclosure = row.hasColumn("disclosure") ? try disclosure(row, of: pseudonym) : nil
                let reader = RowReader(row: row)
                return KnownIdentity(
                    name: try reader.text("name"), issuer: try reader.text("issuer"), disclosure: disclosure?.text)
            }
        } catch {
            throw StateError(error)
        }
    }

    /// The pseudonyms of everybody of this name.
    package func pseudonyms(of name: String) throws(StateError) -> [String] {
        do {
            return try queue.read { database in
                try String.fetchAll(
                    database, sql: "SELECT pseudonym FROM subjects WHERE name = ? ORDER BY issuer", arguments: [name])
            }
        } catch {
            throw StateError(error)
        }
    }

    /// Whether this root key wraps some of the keys, or there are none yet. Otherwise it is another one, and opens nothing.
    package func isWrapped(by root: KeyID) throws(StateError) -> Bool {
        do {
            return try queue.read { database in
                try Bool.fetchOne(
                    database,
                    sql: """
                        SELECT NOT EXISTS (SELECT 1 FROM data_keys) OR EXISTS (SELECT 1 FROM data_keys WHERE root = ?)
                        """, arguments: [root.rawValue]) ?? false
            }
        } catch {
            throw StateError(error)
        }
    }

    /// The wrapped key of this name; nil when there is none.
    package func key(_ id: KeyID) throws(StateError) -> WrappedKey? {
        do {
            return try queue.read { database in
                try Row.fetchOne(database, sql: "SELECT * FROM data_keys WHERE id = ?", arguments: [id.rawValue])
                    .map(wrapped)
            }
        } catch {
            throw StateError(error)
        }
    }
}
