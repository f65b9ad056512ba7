extension IPAddress {
    /// Reads an address or a range, for example `10.0.0.0/8` or `ffee::/64`; nil for everything else.
    ///
    /// No leading zeros, and no IPv4 inside of IPv6. Source: cedar-policy 4.12, `extensions/ipaddr.rs`; RFC 4291.
    public init?(_ text: Text) {
        guard text.utf8.count <= Self.longest else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        let address = parts[0]
        let isV6 = address.contains(UInt8(ascii: ":"))
        guard let bits = isV6 ? Self.v6(address) : Self.v4(address) else { return nil }
        var prefix: UInt8 = isV6 ? 128 : 32
        if parts.count == 2 {
            guard let written = Self.prefix(parts[1], atMost: prefix) else { return nil }
            prefix = written
        }
        self.init(bits: bits, prefix: prefix, isV6: isV6)
    }

    /// The length of `ABCD:EF01:2345:6789:ABCD:EF01:2345:6789/128`.
    private static let longest = 43

    private static func prefix(_ text: ArraySlice<UInt8>, atMost limit: UInt8) -> UInt8? {
        decimal(text, digits: limit == 32 ? 2 : 3).flatMap { $0 <= UInt16(limit) ? UInt8($0) : nil }
    }

    /// Digits without leading zeros.
    private static func decimal(_ text: ArraySlice<UInt8>, digits: Int) -> UInt16? {
        guard (1...digits).contains(text.count), text.allSatisfy(Lexer.isDigit),
            text.count == 1 || text.first != UInt8(ascii: "0")
        else { return nil }
        return text.reduce(0) { $0 * 10 + UInt16($1 - UInt8(ascii: "0")) }
    }

    private static func v4(_ text: ArraySlice<UInt8>) -> UInt128? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt128 = 0
        for part in parts {
            guard let octet = decimal(part, digits: 3), octet <= 255 else { return nil }
            bits = bits << 8 | UInt128(octet)
        }
        return bits
    }

    private static func v6(_ text: ArraySlice<UInt8>) -> UInt128? {
        guard let gap = doubleColon(in: text) else {
            return groups(text).flatMap { $0.count == 8 ? join($0) : nil }
        }
        guard let head = groups(text[..<gap]), let tail = groups(text[(gap + 2)...]),
            head.count + tail.count <= 7
        else { return nil }
        return join(head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    private static func doubleColon(in text: ArraySlice<UInt8>) -> Int? {
        let colon = UInt8(ascii: ":")
        return text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
    }

    /// Groups of one to four hexadecimal digits; none for no text.
    private static func groups(_ text: ArraySlice<UInt8>) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        for part in text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            guard (1...4).contains(part.count) else { return nil }
            var group: UInt16 = 0
            for byte in part {
                guard let digit = Escapes.hexValue(byte) else { return nil }
                group = group << 4 | UInt16(digit)
            }
            groups.append(group)
        }
        return groups
    }

    private static func join(_ groups: [UInt16]) -> UInt128 { groups.reduce(0) { $0 << 16 | UInt128($1) } }
}
