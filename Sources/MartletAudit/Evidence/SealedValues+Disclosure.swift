extension SealedValues {
    /// The exact bytes that a record commits to; nil when they cannot be opened here. Their SHA-256 is in the leaf.
    package func disclosure(of entry: TimelineEntry) -> [UInt8]? {
        guard entry.sealed != nil else { return nil }
        return keys.plain(of: entry, payload: payload(entry.index))
    }
}

extension TimelineEntry {
    /// Whether the record commits to values that are not in it.
    package var isSealed: Bool { sealed != nil }
}
