import MartletCore

/// What is known of the subjects that are in use, in two generations: when the young one is full, it becomes the old one and that
/// is dropped. What is asked for while it is old becomes young again.
struct SubjectCache<Value> {
    private let capacity: Int
    private var young: [DataSubject: Value] = [:]
    private var old: [DataSubject: Value] = [:]

    /// Holds at most twice `capacity` values.
    init(capacity: Int) { self.capacity = capacity }

    mutating func value(of subject: DataSubject) -> Value? {
        if let value = young[subject] { return value }
        guard let value = old[subject] else { return nil }
        insert(value, subject)
        return value
    }

    mutating func insert(_ value: Value, _ subject: DataSubject) {
        if young.count >= capacity, young[subject] == nil { (old, young) = (young, [:]) }
        young[subject] = value
    }

    mutating func forget() { (young, old) = ([:], [:]) }
}

/// The data keys and pseudonyms that are in use.
struct KeyCache {
    private var keys: SubjectCache<DataKey>
    private var names: SubjectCache<Pseudonym>
    /// Goes up whenever keys are forgotten.
    private(set) var erasures: UInt64 = 0

    /// Holds at most twice `capacity` keys, and as many pseudonyms.
    init(capacity: Int) { (keys, names) = (SubjectCache(capacity: capacity), SubjectCache(capacity: capacity)) }

    mutating func key(of subject: DataSubject, at time: UnixTime) -> DataKey? {
        guard let key = keys.value(of: subject), key.quarter.contains(time) else { return nil }
        return key
    }

    mutating func pseudonym(of subject: DataSubject) -> Pseudonym? { names.value(of: subject) }

    /// Keeps a key that was read from the store while `erasures` was `seen`; false when keys were forgotten since, and
    /// this one may be destroyed.
    mutating func keep(_ key: DataKey, of subject: DataSubject, since seen: UInt64) -> Bool {
        guard keep(key.pseudonym, of: subject, since: seen) else { return false }
        keys.insert(key, subject)
        return true
    }

    /// The same for a pseudonym.
    mutating func keep(_ pseudonym: Pseudonym, of subject: DataSubject, since seen: UInt64) -> Bool {
        guard seen == erasures else { return false }
        names.insert(pseudonym, subject)
        return true
    }

    /// Forgets everything: what is destroyed in the store must not seal or name anything any more.
    mutating func forget() {
        keys.forget()
        names.forget()
        erasures += 1
    }
}
