/// An IP address, or the range of addresses that share its first bits. Source: cedar-policy 4.12, `extensions/ipaddr.rs`.
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

    private var width: UInt8 { isV6 ? 128 : 32 }
    private var all: UInt128 { isV6 ? .max : UInt128(UInt32.max) }
    /// Shifts by the whole width give zero.
    private var hostMask: UInt128 { prefix >= width ? 0 : all >> UInt128(prefix) }
    private var first: UInt128 { bits & (all ^ hostMask) }
    private var last: UInt128 { bits | hostMask }

    /// Whether every address of this is one of `other`; never across versions.
    public func isInRange(_ other: IPAddress) -> Bool {
        isV6 == other.isV6 && other.first <= first && last <= other.last
    }

    /// Whether all of it is in 127.0.0.0/8, or it is ::1.
    public var isLoopback: Bool {
        isV6 ? bits == 1 && prefix == 128 : bits >> 24 == 127 && prefix >= 8
    }

    /// Whether all of it is in 224.0.0.0/4 or ff00::/8.
    public var isMulticast: Bool {
        isV6 ? bits >> 120 == 0xFF && prefix >= 8 : bits >> 28 == 0xE && prefix >= 4
    }
}

extension IPAddress: CustomStringConvertible {
    /// The address and its prefix, for example `10.0.0.0/8`.
    public var description: String { "\(isV6 ? v6 : v4)/\(prefix)" }

    private var v4: String {
        [24, 16, 8, 0].map { String(bits >> $0 & 0xFF) }.joined(separator: ".")
    }

    /// The first of the longest runs of at least two zero groups is written as `::`. Source: RFC 5952 section 4.
    private var v6: String {
        let groups = stride(from: 112, through: 0, by: -16).map { UInt16(truncatingIfNeeded: bits >> $0) }
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > max(best.count, 1) { best = start..<index }
            start = index + 1
        }
        let text = groups.map { String($0, radix: 16) }
        guard !best.isEmpty else { return text.joined(separator: ":") }
        return text[..<best.lowerBound].joined(separator: ":") + "::" + text[best.upperBound...].joined(separator: ":")
    }
}
