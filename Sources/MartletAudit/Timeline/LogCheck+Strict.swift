package import MartletRecords

extension LogCheck {
    /// Takes a leaf that must be a record this version writes: of a known type, with every member of it and no other.
    package mutating func takeStrictly(_ leaf: [UInt8], at index: UInt64) {
        do throws(LeafError) {
            take(try TimelineEntry(leaf: leaf, index: index).document, at: index)
        } catch {
            find(.readable, index, error.reason)
        }
    }
}
