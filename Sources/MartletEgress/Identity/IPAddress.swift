import Glibc

/// An IP address as 16 bytes; IPv4 in its mapped form `::ffff:a.b.c.d`, so that one table covers both spellings.
package struct IPAddress: Hashable, Sendable {
    let bytes: [UInt8]

    /// Reads the canonical text forms only: four decimal parts, or RFC 4291 (section 2.2) without a zone.
    package init?(_ text: String) {
        var four = [UInt8](repeating: 0, count: 4)
        var six = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = Self.mappedPrefix + four
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = six
        } else {
            return nil
        }
    }

    private static let mappedPrefix: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    /// Whether the first `length` bits are those of `network`.
    func isIn(_ network: [UInt8], _ length: Int) -> Bool {
        for bit in 0..<length {
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            guard bytes[bit / 8] & mask == network[bit / 8] & mask else { return false }
        }
        return true
    }

    /// The IPv4 address that hides in this one: mapped, compatible, NAT64 (RFC 6052) or 6to4 (RFC 3056).
    var embeddedIPv4: IPAddress? {
        let zeros = [UInt8](repeating: 0, count: 12)
        if isIn(Self.nat64, 96) || (isIn(zeros, 96) && self != IPAddress.loopback6) {
            return mapped(Array(bytes[12...]))
        }
        if isIn([0x20, 0x02], 16) { return mapped(Array(bytes[2..<6])) }
        return nil
    }

    private static let nat64: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
    private static let loopback6 = IPAddress(bytes: Array(repeating: 0, count: 15) + [1])

    private init(bytes: [UInt8]) { self.bytes = bytes }
    private func mapped(_ four: [UInt8]) -> IPAddress { IPAddress(bytes: Self.mappedPrefix + four) }

    /// 127.0.0.0/8 and `::1`.
    var isLoopback: Bool { isIn(Self.mappedPrefix + [127], 104) || self == Self.loopback6 }

    /// 0.0.0.0/8, `::`, multicast and broadcast: nothing that answers as a server.
    var isUnspecifiedOrMulticast: Bool {
        isIn(Self.mappedPrefix + [0], 104) || bytes.allSatisfy { $0 == 0 } || bytes[0] == 0xFF
            || isIn(Self.mappedPrefix + [0xE0], 99) || isIn(Self.mappedPrefix + [255, 255, 255, 255], 128)
    }

    /// 169.254.0.0/16 and fe80::/10: on clouds the door to instance credentials.
    var isLinkLocal: Bool { isIn(Self.mappedPrefix + [169, 254], 112) || isIn([0xFE, 0x80], 10) }

    /// Well-known metadata services outside the link-local ranges.
    var isCloudMetadata: Bool { Self.metadata.contains(self) }

    private static let metadata: Set<IPAddress> = Set(
        ["100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"].compactMap(IPAddress.init))
}
