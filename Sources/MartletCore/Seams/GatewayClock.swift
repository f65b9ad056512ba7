/// The clocks of the gateway; the only place where time enters.
package protocol GatewayClock: Sendable {
    /// The wall clock, which may be moved.
    func now() -> UnixTime
    /// Nanoseconds since some moment before; never goes back, and stands still while the machine does.
    func monotonic() -> Int64
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
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        // One system call gives eight bytes: asking byte by byte would cost eight times as much.
        while bytes.count < count {
            let word = generator.next()
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
