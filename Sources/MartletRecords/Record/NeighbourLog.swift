import MartletJSON

/// The log before or behind another one, as a record of that one names it. Source: ADR-0036.
package struct NeighbourLog: Hashable, Sendable {
    package let origin: String
    /// Its verifier key (C2SP signed-note).
    package let key: String
    /// Of the one before.
    package let size: UInt64?
    /// Of the one before, as `sha256:` and hex digits.
    package let root: String?

    /// Of `shard.opened`.
    init?(before record: LogRecord) {
        guard let origin = record.text("observed", "origin"), let key = record.text("observed", "vkey"),
            let size = record.place(record.value("observed", "size")), let root = record.text("observed", "root")
        else { return nil }
        (self.origin, self.key, self.size, self.root) = (origin, key, size, root)
    }

    /// Of `shard.closed`.
    init?(behind record: LogRecord) {
        guard let origin = record.text("derived", "next_origin"), let key = record.text("derived", "next_vkey") else {
            return nil
        }
        (self.origin, self.key, size, root) = (origin, key, nil, nil)
    }
}
