import MartletCore

/// The data keys that are in use, in two generations: when the young one is full, it becomes the old one and that is
/// dropped. A key that is asked for while it is old becomes young again.
struct KeyCache {
    private let capacity: Int
    private var young: [DataSubject: DataKey] = [:]
    private var old: [DataSubject: DataKey] = [:]
    /// Goes up whenever keys are forgotten.
    private(set) var erasures: UInt64 = 0

    /// Holds at most twice `capacity` keys.
    init(capacity: Int) { self.capacity = capacity }

    mutating func key(of subject: DataSubject, at time: UnixTime) -> DataKey? {
        if let key = young[subject] { return key.quarter.contains(time) ? key : nil }
        guard let key = old[subject], key.quarter.contains(time) else { return nil }
        insert(key, subject)
        return key
    }

    /// Keeps a key that was read from the store while `erasures` was `seen`; false when keys were forgotten since, and
    /// this one may be destroyed.
    mutating func keep(_ key: DataKey, of subject: DataSubject, since seen: UInt64) -> Bool {
        guard seen == erasures else { return false }
        insert(key, subject)
        return true
    }

    /// Forgets all keys: what is destroyed in the store must not seal anything any more.
    mutating func forget() {
        (young, old) = ([:], [:])
        erasures += 1
    }

    private mutating func insert(_ key: DataKey, _ subject: DataSubject) {
        if young.count >= capacity, young[subject] == nil { (old, young) = (young, [:]) }
        young[subject] = key
    }
}
