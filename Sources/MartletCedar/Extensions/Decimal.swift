/// A decimal number with at most four digits after the point, exact.
public struct Decimal: Hashable, Comparable, Sendable {
    /// The number times 10,000.
    public let tenThousandths: Int64

    /// Creates the number `tenThousandths / 10,000`.
    public init(tenThousandths: Int64) { self.tenThousandths = tenThousandths }

    /// Reads `-?digits.digits` with one to four digits after the point; nil for everything else and on overflow.
    ///
    /// Source: cedar-policy 4.12, `extensions/decimal.rs`.
    public init?(_ text: Text) {
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let parts = text.utf8.dropFirst(isNegative ? 1 : 0)
            .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...4).contains(parts[1].count) else { return nil }
        var digits = Digits(isNegative: isNegative)
        guard !parts[0].isEmpty, digits.append(parts[0]), digits.append(parts[1]) else { return nil }
        for _ in parts[1].count..<4 {
            guard digits.append(0) else { return nil }
        }
        tenThousandths = digits.value
    }

    /// The order of the numbers.
    public static func < (left: Decimal, right: Decimal) -> Bool { left.tenThousandths < right.tenThousandths }
}

extension Decimal: CustomStringConvertible {
    /// The number with four digits after the point.
    public var description: String {
        let magnitude = tenThousandths.magnitude
        let fraction = String(magnitude % 10_000)
        let zeros = String(repeating: "0", count: 4 - fraction.utf8.count)
        return "\(tenThousandths < 0 ? "-" : "")\(magnitude / 10_000).\(zeros)\(fraction)"
    }
}

/// Digits read one by one; the sign is there from the start, so that the smallest integer can be read.
struct Digits {
    private(set) var value: Int64 = 0
    let isNegative: Bool

    init(isNegative: Bool) { self.isNegative = isNegative }

    /// Appends a digit; false on overflow.
    mutating func append(_ digit: Int64) -> Bool {
        let (tenfold, high) = value.multipliedReportingOverflow(by: 10)
        let (sum, low) =
            isNegative
            ? tenfold.subtractingReportingOverflow(digit) : tenfold.addingReportingOverflow(digit)
        value = sum
        return !high && !low
    }

    /// Appends ASCII digits; false on overflow and on anything that is no digit.
    mutating func append(_ text: ArraySlice<UInt8>) -> Bool {
        for byte in text {
            guard Lexer.isDigit(byte), append(Int64(byte - UInt8(ascii: "0"))) else { return false }
        }
        return true
    }
}
