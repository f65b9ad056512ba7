/// An IP address, or the range of addresses that share its first bits.
public struct IPAddress: Hashable, Sendable {
    /// The bits of the address; of IPv4 the lowest 32.
    public let bits: UInt128
    /// How many bits from the highest one are the same in the range.
    public let prefix: UInt8
    /// Whether it is IPv6.
    public let isV6: Bool

    /// Creates a range; `prefix` is at most 32 or 128.
    init(bits: UInt128, prefix: UInt8, isV6: Bool) {
        self.bits = bits
        self.prefix = prefix
        self.isV6 = isV6
    }
}
