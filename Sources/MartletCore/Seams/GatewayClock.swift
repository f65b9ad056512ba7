/// The wall clock of the gateway; the only place where time enters.
package protocol GatewayClock: Sendable {
    func now() -> UnixTime
}

/// Where random bytes come from. Production reads the operating system's generator.
package protocol RandomSource: Sendable {
    func bytes(_ count: Int) -> [UInt8]
}

/// The operating system's generator (`getrandom(2)` through `SystemRandomNumberGenerator`).
package struct SystemRandomSource: RandomSource {
    package init() {}
    package func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
