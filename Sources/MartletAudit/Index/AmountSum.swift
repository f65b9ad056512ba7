package import MartletCore

/// Exact sums of money, one for each currency.
package struct AmountSum: Hashable, Sendable {
    /// In units of 10^-18.
    private var sums: [String: Int128] = [:]
    package private(set) var count = 0
    /// Amounts that could not be read or added exactly.
    package private(set) var unread = 0

    package init() {}

    /// Nil stands for an amount that could not be read.
    package mutating func add(_ value: Decimal?, _ currency: String?) {
        guard let value else {
            unread += 1
            return
        }
        var unscaled = Int128(value.unscaled)
        for _ in value.scale..<18 { unscaled *= 10 }
        let name = currency ?? "no currency"
        let (sum, overflow) = sums[name, default: 0].addingReportingOverflow(unscaled)
        guard !overflow else {
            unread += 1
            return
        }
        sums[name] = sum
        count += 1
    }

    /// `1250.5 EUR, 3 USD`.
    package var text: String {
        sums.sorted { $0.key < $1.key }.map { "\(Self.digits($0.value)) \($0.key)" }.joined(separator: ", ")
    }

    private static func digits(_ value: Int128) -> String {
        let digits = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, 19 - digits.utf8.count)) + digits
        var fraction = padded.suffix(18)
        while fraction.last == "0" { fraction = fraction.dropLast() }
        let whole = (value < 0 ? "-" : "") + padded.dropLast(18)
        return fraction.isEmpty ? whole : whole + "." + fraction
    }
}
