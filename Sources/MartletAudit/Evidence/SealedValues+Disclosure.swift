import MartletCore

extension SealedValues {
    /// The exact bytes that a record commits to; nil when they cannot be opened here. Their SHA-256 is in the leaf.
    package func disclosure(of entry: TimelineEntry) -> [UInt8]? {
        guard let sealer, let sealed = entry.sealed, sealed.key == sealer.keyID, let payload = payload(entry.index),
            let plain = sealer.open(payload, leaf: entry.leaf, nonce: entry.nonce),
            Digest(of: plain) == sealed.commitment
        else { return nil }
        return plain
    }
}

extension TimelineEntry {
    /// Whether the record commits to values that are not in it.
    package var isSealed: Bool { sealed != nil }
}
