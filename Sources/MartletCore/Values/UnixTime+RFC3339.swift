/// The RFC 3339 profile of the records: UTC, six decimals, `Z`. Algorithm of the civil calendar: days_from_civil,
/// proleptic Gregorian.
extension UnixTime {
    /// `2026-11-22T19:00:42.123456Z`.
    package var rfc3339: String {
        let days = microseconds.flooredQuotient(by: 86_400_000_000)
        var rest = microseconds - days * 86_400_000_000
        let (year, month, day) = Self.civil(fromDays: days)
        let hour = rest / 3_600_000_000
        rest -= hour * 3_600_000_000
        let minute = rest / 60_000_000
        rest -= minute * 60_000_000
        // Years beyond 9999 or before 0 are written in full, as `String` writes them behind zeros.
        let isUsual = (0..<10_000).contains(year)
        // Safe: as many bytes as are counted are initialised, in order.
        let text = unsafe String(unsafeUninitializedCapacity: 27) { text in
            var count = 0
            if isUsual { unsafe Self.write(year, width: 4, then: "-", to: text, &count) }
            unsafe Self.write(month, width: 2, then: "-", to: text, &count)
            unsafe Self.write(day, width: 2, then: "T", to: text, &count)
            unsafe Self.write(hour, width: 2, then: ":", to: text, &count)
            unsafe Self.write(minute, width: 2, then: ":", to: text, &count)
            unsafe Self.write(rest / 1_000_000, width: 2, then: ".", to: text, &count)
            unsafe Self.write(rest % 1_000_000, width: 6, then: "Z", to: text, &count)
            return count
        }
        guard !isUsual else { return text }
        let digits = String(year)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + "-" + text
    }

    /// Writes a number of at most `width` digits, with zeros before it.
    private static func write(
        _ value: Int64, width: Int, then separator: Unicode.Scalar, to text: UnsafeMutableBufferPointer<UInt8>,
        _ count: inout Int
    ) {
        var rest = UInt32(truncatingIfNeeded: value)
        for place in stride(from: count + width - 1, through: count, by: -1) {
            unsafe text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        unsafe text[count + width] = UInt8(ascii: separator)
        count += width + 1
    }

    /// Reads `YYYY-MM-DD` (its midnight in UTC) or `YYYY-MM-DDTHH:MM:SS[.f…](Z|±HH:MM)`; nil for anything else,
    /// also for days that do not exist. Source: RFC 3339, section 5.6.
    package init?(rfc3339 text: String) {
        var reader = DigitReader(Array(text.utf8))
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), (1...12).contains(month), day >= 1,
            day <= Self.daysIn(month: month, year: year)
        else { return nil }
        let midnight = Self.days(year: year, month: month, day: day) * 86_400
        if reader.isAtEnd {
            self.init(seconds: midnight)
            return
        }
        guard reader.take("T") || reader.take("t"), let hour = reader.digits(2), reader.take(":"),
            let minute = reader.digits(2), reader.take(":"), let second = reader.digits(2),
            hour < 24, minute < 60, second < 60, let fraction = reader.fraction(),
            let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        let seconds = midnight + hour * 3600 + minute * 60 + second - offset
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredQuotient(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    static func daysIn(month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Int64 {
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

private struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int64? {
        guard position + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Microseconds of an optional fraction; digits beyond the sixth are dropped.
    mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        var value: Int64 = 0
        var count = 0
        while let digit = digit() {
            if count < 6 { value = value * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 6)..<6 { value *= 10 }
        return value
    }

    mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let isAhead = take("+")
        guard isAhead || take("-"), let hours = digits(2), take(":"), let minutes = digits(2), hours < 24, minutes < 60
        else { return nil }
        return (isAhead ? 1 : -1) * (hours * 3600 + minutes * 60)
    }

    private mutating func digit() -> Int64? {
        guard position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else {
            return nil
        }
        position += 1
        return Int64(bytes[position - 1] - UInt8(ascii: "0"))
    }
}
