import MartletJSON

extension SealedValues {
    /// What shows the values of a record to whoever has its leaf, as a file: a JSON array of SD-JWT disclosures, whose digests
    /// stand in `_sd`; of a record of an earlier release the object whose SHA-256 is its commitment. Nil when they cannot be
    /// opened here.
    package func disclosure(of entry: TimelineEntry) -> [UInt8]? {
        switch disclosures(of: entry) {
        case .failure: return nil
        case .success(.whole(_, let bytes)): return bytes
        case .success(.disclosures(let all)):
            var writer = JSONWriter(capacity: 64 + all.reduce(0) { $0 + $1.text.utf8.count + 3 })
            writer.beginArray()
            for disclosure in all { writer.string(disclosure.text) }
            writer.endArray()
            return writer.bytes
        }
    }
}

extension TimelineEntry {
    /// Whether the record commits to values that are not in it.
    package var isSealed: Bool { sealed != nil }
}
