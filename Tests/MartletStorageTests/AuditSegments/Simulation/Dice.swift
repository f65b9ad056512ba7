/// Seeded chance (SplitMix64): the same seed gives the same throws.
struct Dice: Sendable {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// From 0 up to and without `bound`, which is at least 1.
    mutating func below(_ bound: Int) -> Int { Int(next() >> 1) % bound }
    mutating func coin() -> Bool { next() & 1 == 1 }
    mutating func isOne(in count: Int) -> Bool { below(count) == 0 }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
}
