/// An ISO 4217 alphabetic currency code: three upper-case letters.
package struct Currency: Hashable, Sendable, CustomStringConvertible {
    package let code: String
    package init?(_ code: String) {
        guard code.utf8.count == 3, code.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
        else { return nil }
        self.code = code
    }
    package var description: String { code }
}

/// An exact decimal number: `unscaled / 10^scale`. Never a `Double`.
///
/// Made from the characters of the number as it was sent, so `1000.00004` is greater than `1000` and nothing is rounded.
package struct Decimal: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Digits without the point, with sign, normalised: no trailing zeros after the point.
    package let unscaled: Int64
    /// Digits after the point, 0 to 18.
    package let scale: Int

    /// Reads a JSON number (`-12.50`, `1e3`); nil when it needs more than 18 digits on either side or overflows.
    ///
    /// Refusing is the safe answer: the caller denies what it cannot compare exactly.
    package init?(_ text: String) {
        var digits: [UInt8] = []
        var scale = 0
        var exponent = 0
        var isNegative = false
        var bytes = Array(text.utf8)[...]
        if bytes.first == UInt8(ascii: "-") {
            isNegative = true
            bytes = bytes.dropFirst()
        }
        var seenPoint = false
        while let byte = bytes.first {
            if byte == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                digits.append(byte - UInt8(ascii: "0"))
                if seenPoint { scale += 1 }
            } else {
                break
            }
            bytes = bytes.dropFirst()
        }
        if let mark = bytes.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            let power = String(decoding: bytes.dropFirst(), as: UTF8.self)
            guard let value = Int(power), (-64...64).contains(value) else { return nil }
            exponent = value
            bytes = []
        }
        guard bytes.isEmpty, !digits.isEmpty, digits.count <= 64 else { return nil }
        self.init(digits: digits, scale: scale - exponent, isNegative: isNegative)
    }

    private init?(digits: [UInt8], scale: Int, isNegative: Bool) {
        var digits = digits
        var scale = scale
        while scale > 0, digits.last == 0 {
            digits.removeLast()
            scale -= 1
        }
        while scale < 0 {
            digits.append(0)
            scale += 1
        }
        var value: Int64 = 0
        for digit in digits {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        guard scale <= 18 else { return nil }
        unscaled = isNegative ? -value : value
        self.scale = value == 0 ? 0 : scale
    }

    package static func < (left: Decimal, right: Decimal) -> Bool {
        let places = max(left.scale, right.scale)
        return left.widened(to: places) < right.widened(to: places)
    }

    private func widened(to places: Int) -> Int128 {
        var value = Int128(unscaled)
        for _ in scale..<places { value *= 10 }
        return value
    }

    package var isNegative: Bool { unscaled < 0 }
    package var isZero: Bool { unscaled == 0 }

    package var description: String {
        let digits = String(unscaled.magnitude)
        let sign = unscaled < 0 ? "-" : ""
        guard scale > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
    }
}

/// Money: an exact decimal number and its currency.
package struct Amount: Hashable, Sendable, CustomStringConvertible {
    package let value: Decimal
    package let currency: Currency
    package init(value: Decimal, currency: Currency) {
        self.value = value
        self.currency = currency
    }
    package var description: String { "\(value) \(currency)" }
}
