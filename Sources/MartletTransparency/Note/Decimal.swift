/// Numbers as C2SP writes them: ASCII digits without leading zeros.
enum Decimal {
    /// nil for everything else, and above `UInt64.max`.
    static func read(_ digits: some Collection<UInt8>) -> UInt64? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }
}
