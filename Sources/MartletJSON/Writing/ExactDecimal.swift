/// A decimal number that its nearest double prints as: sign, up to 17 digits and the place of the point.
///
/// The value is 0.*digits* times 10 to the power of `exponent`; the digits neither start nor end with 0.
struct ExactDecimal {
    private var isNegative = false
    private var digits: UInt64 = 0
    private var digitCount = 0
    private var exponent = 0

    /// Reads text of the number grammar; nil when its double prints as another decimal, or is infinite.
    init?(_ text: some Sequence<UInt8>) {
        guard readDecimal(text) else { return nil }
        guard digits != 0 else { return }
        // Up to 15 digits, far from the ends of the range, a decimal survives the way to a double and back (DBL_DIG),
        // and no shorter one can mean the same double: the digits are the canonical ones, no conversion needed.
        if digitCount <= 15, (-300...300).contains(exponent) { return }
        guard (-330...330).contains(exponent), survivesDouble() else { return nil }
    }

    /// Reads without asking a double; false at more than 17 digits.
    private mutating func readDecimal(_ text: some Sequence<UInt8>) -> Bool {
        var (zeros, place, isFraction) = (0, 0, false)
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case ASCII.minus: isNegative = true
            case ASCII.point: isFraction = true
            case ASCII.zero:
                if digits != 0 { zeros += 1 }
                if digits != 0, !isFraction { place += 1 }
                if digits == 0, isFraction { place -= 1 }
            case UInt8(ascii: "1")...UInt8(ascii: "9"):
                guard addDigit(byte &- ASCII.zero, after: zeros) else { return false }
                zeros = 0
                if !isFraction { place += 1 }
            default:
                exponent = Self.readExponent(&iterator)
            }
        }
        exponent += place
        return true
    }

    private mutating func addDigit(_ digit: UInt8, after zeros: Int) -> Bool {
        guard digitCount + zeros < 17 else { return false }
        for _ in 0..<zeros { digits *= 10 }
        digits = digits * 10 + UInt64(digit)
        digitCount += zeros + 1
        return true
    }

    /// Reads to the end; stops counting where no number of readable length can come back into the range.
    private static func readExponent(_ iterator: inout some IteratorProtocol<UInt8>) -> Int {
        var (value, isNegative) = (0, false)
        while let byte = iterator.next() {
            if byte == ASCII.minus { isNegative = true }
            if ASCII.isDigit(byte), value < 1_000_000_000_000 { value = value * 10 + Int(byte &- ASCII.zero) }
        }
        return isNegative ? -value : value
    }

    /// Whether the shortest text of the nearest double has the same digits. The standard library gives the shortest
    /// digits that lead back to the double, and of these the closest: what ECMAScript asks for.
    private func survivesDouble() -> Bool {
        guard let double = Double("\(digits)e\(exponent - digitCount)"), double.isFinite, double > 0 else {
            return false
        }
        var printed = ExactDecimal()
        return printed.readDecimal(double.description.utf8) && printed.digits == digits && printed.exponent == exponent
    }

    private init() {}
}

extension ExactDecimal {
    /// Appends the number as ECMAScript prints it. Source: ECMA-262, Number::toString; RFC 8785 section 3.2.2.3.
    func append(to output: inout [UInt8]) {
        guard digits != 0 else { return output.append(ASCII.zero) }
        if isNegative { output.append(ASCII.minus) }
        switch exponent {
        case 22..., ...(-6): appendScientific(to: &output)
        case ...0:
            output.append(contentsOf: "0.".utf8)
            output.append(contentsOf: repeatElement(ASCII.zero, count: -exponent))
            appendDigits(0..<digitCount, to: &output)
        default: appendPlain(to: &output)
        }
    }

    private func appendPlain(to output: inout [UInt8]) {
        appendDigits(0..<min(exponent, digitCount), to: &output)
        guard exponent < digitCount else {
            return output.append(contentsOf: repeatElement(ASCII.zero, count: exponent - digitCount))
        }
        output.append(ASCII.point)
        appendDigits(exponent..<digitCount, to: &output)
    }

    private func appendScientific(to output: inout [UInt8]) {
        appendDigits(0..<1, to: &output)
        if digitCount > 1 {
            output.append(ASCII.point)
            appendDigits(1..<digitCount, to: &output)
        }
        output.append(contentsOf: exponent > 0 ? "e+".utf8 : "e-".utf8)
        output.append(contentsOf: String(abs(exponent - 1)).utf8)
    }

    /// Appends some of the digits, counted from the first.
    private func appendDigits(_ range: Range<Int>, to output: inout [UInt8]) {
        var divisor: UInt64 = 1
        for _ in range.lowerBound + 1..<max(digitCount, range.lowerBound + 1) { divisor *= 10 }
        for _ in range {
            output.append(ASCII.zero + UInt8(truncatingIfNeeded: digits / divisor % 10))
            divisor /= 10
        }
    }
}
