/// A length of time, which may be negative. Source: cedar-policy 4.12, `extensions/datetime.rs`; RFC 80.
public struct Duration: Hashable, Comparable, Sendable {
    /// Milliseconds.
    public let milliseconds: Int64

    /// Creates a length of time.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Reads for example `-1d2h3m4s5ms`: the units in this order, each at most once; nil for everything else and on
    /// overflow.
    public init?(_ text: Text) {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        guard !rest.isEmpty else { return nil }
        var sum: Int64 = 0
        var unit = 0
        while !rest.isEmpty {
            let number = rest.prefix(while: Lexer.isDigit)
            rest = rest.dropFirst(number.count)
            var digits = Digits(isNegative: isNegative)
            let name = rest.prefix { !Lexer.isDigit($0) }
            rest = rest.dropFirst(name.count)
            guard !number.isEmpty, digits.append(number),
                let found = Self.units[unit...].firstIndex(where: { $0.name.utf8.elementsEqual(name) })
            else { return nil }
            unit = found + 1
            let (part, high) = digits.value.multipliedReportingOverflow(by: Self.units[found].milliseconds)
            let (next, low) = sum.addingReportingOverflow(part)
            guard !high, !low else { return nil }
            sum = next
        }
        milliseconds = sum
    }

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// Whole seconds, towards zero.
    public var seconds: Int64 { milliseconds / 1_000 }
    /// Whole minutes, towards zero.
    public var minutes: Int64 { milliseconds / 60_000 }
    /// Whole hours, towards zero.
    public var hours: Int64 { milliseconds / 3_600_000 }
    /// Whole days of 24 hours, towards zero.
    public var days: Int64 { milliseconds / 86_400_000 }

    /// Shorter is less; negative ones are less than positive ones.
    public static func < (left: Duration, right: Duration) -> Bool { left.milliseconds < right.milliseconds }
}

extension Duration: CustomStringConvertible {
    /// In milliseconds, for example `1500ms`.
    public var description: String { "\(milliseconds)ms" }
}
