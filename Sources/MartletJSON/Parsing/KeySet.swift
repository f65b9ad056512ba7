/// Finds the first key that an object repeats.
///
/// Compares pairs up to `pairwiseLimit` keys, and uses a table with a seed of this process above: nobody can prepare
/// keys that make it quadratic.
struct KeySet {
    static let pairwiseLimit = 20
    private static let seed = UInt64.random(in: .min ... .max)

    /// Open addressing; the upper half is the hash, the lower half the key's index on the tape, 0 is free.
    private var slots: [UInt64] = []

    init() {}

    /// The byte offset of the opening quote of the first repeated key of the object at `object`; nil without one.
    mutating func duplicate(in object: Int, of tape: [JSONToken], _ bytes: [UInt8]) -> Int? {
        let count = tape[object].count
        guard count > 1 else { return nil }
        let key =
            count <= Self.pairwiseLimit
            ? pairwise(object + 1, count, tape, bytes) : hashed(object + 1, count, tape, bytes)
        return key.map { Int(tape[$0].start) - 1 }
    }

    private func pairwise(_ first: Int, _ count: Int, _ tape: [JSONToken], _ bytes: [UInt8]) -> Int? {
        var key = first
        for earlierCount in 0..<count {
            var earlier = first
            for _ in 0..<earlierCount {
                if Self.areEqual(tape[earlier], tape[key], bytes) { return key }
                earlier = Int(tape[earlier + 1].next)
            }
            key = Int(tape[key + 1].next)
        }
        return nil
    }

    private mutating func hashed(_ first: Int, _ count: Int, _ tape: [JSONToken], _ bytes: [UInt8]) -> Int? {
        var mask = 32
        while mask < count * 2 { mask *= 2 }
        slots.removeAll(keepingCapacity: true)
        slots.append(contentsOf: repeatElement(0, count: mask))
        mask -= 1
        var key = first
        for _ in 0..<count {
            let hash = Self.hash(tape[key], bytes)
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 {
                let earlier = Int(slots[slot] & 0xFFFF_FFFF)
                if slots[slot] >> 32 == hash >> 32, Self.areEqual(tape[earlier], tape[key], bytes) { return key }
                slot = (slot + 1) & mask
            }
            slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(key)
            key = Int(tape[key + 1].next)
        }
        return nil
    }

    private static func areEqual(_ left: JSONToken, _ right: JSONToken, _ bytes: [UInt8]) -> Bool {
        guard !left.hasEscapes, !right.hasEscapes else {
            return UnescapedBytes(bytes, left.range).elementsEqual(UnescapedBytes(bytes, right.range))
        }
        guard left.length == right.length else { return false }
        let distance = Int(right.start) - Int(left.start)
        for index in left.range where bytes[index] != bytes[index + distance] { return false }
        return true
    }

    /// SipHash of the unescaped bytes, in words of eight. Own seed: the one of `Hasher` can be switched off outside.
    private static func hash(_ key: JSONToken, _ bytes: [UInt8]) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(seed)
        var (word, length): (UInt64, Int) = (0, 0)
        for byte in UnescapedBytes(bytes, key.range) {
            word = word << 8 | UInt64(byte)
            length += 1
            if length & 7 == 0 { hasher.combine(word) }
        }
        hasher.combine(word)
        hasher.combine(length)
        return UInt64(truncatingIfNeeded: hasher.finalize())
    }
}
