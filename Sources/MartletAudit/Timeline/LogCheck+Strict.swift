package import MartletJSON
package import MartletRecords

extension LogCheck {
    /// Takes a leaf that must be a record this version writes: of a known type, with every member of it and no other.
    /// Gives it as it was read; nil when it is none.
    @discardableResult
    package mutating func takeStrictly(_ leaf: [UInt8], at index: UInt64) -> TimelineEntry? {
        takeStrictly(leaf, read: JSONValue.reading(leaf), at: index)
    }

    /// The same of a leaf that was parsed before.
    @discardableResult
    package mutating func takeStrictly(
        _ leaf: [UInt8], read document: Result<JSONValue, JSONError>, at index: UInt64
    ) -> TimelineEntry? {
        do throws(LeafError) {
            let entry = try TimelineEntry(leaf: leaf, read: document, index: index)
            take(entry.document, at: index)
            return entry
        } catch {
            find(.readable, index, error.reason)
            return nil
        }
    }
}
