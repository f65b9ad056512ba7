extension Datetime {
    /// Reads `YYYY-MM-DD`, or that with `Thh:mm:ss`, perhaps `.SSS`, and `Z`, `+hhmm` or `-hhmm`; nil for everything
    /// else.
    public init?(_ text: Text) {
        var reader = FixedDigits(text.utf8[...])
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), let days = Self.days(year: year, month: month, day: day)
        else { return nil }
        guard !reader.isAtEnd else {
            milliseconds = days * Self.millisecondsPerDay
            return
        }
        guard reader.skip("T"), let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2),
            reader.skip(":"), let second = reader.number(2), hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction: Int64 = 0
        if reader.skip(".") {
            guard let written = reader.number(3) else { return nil }
            fraction = written
        }
        guard let zone = reader.zone(), reader.isAtEnd else { return nil }
        let seconds = hour * 3_600 + minute * 60 + second - zone
        milliseconds = days * Self.millisecondsPerDay + seconds * 1_000 + fraction
    }

    /// Days since 1970-01-01; nil when there is no such day. Source: the proleptic Gregorian calendar.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64? {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), day >= 1, day <= lengths[Int(month) - 1] else { return nil }
        // Days of the years 0 to `year - 1`; year 0 is a leap year.
        let before = year == 0 ? 0 : year * 365 + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1
        return before + lengths[..<(Int(month) - 1)].reduce(0, +) + day - 1 - 719_528
    }
}

/// Reads numbers of a fixed length.
private struct FixedDigits {
    private var rest: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) { rest = text }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number(_ length: Int) -> Int64? {
        let text = rest.prefix(length)
        guard text.count == length, text.allSatisfy(Lexer.isDigit) else { return nil }
        rest = rest.dropFirst(length)
        return text.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Seconds east of UTC.
    mutating func zone() -> Int64? {
        if skip("Z") { return 0 }
        let isEast = skip("+")
        guard isEast || skip("-"), let hours = number(2), let minutes = number(2), hours < 24, minutes < 60 else {
            return nil
        }
        return (hours * 3_600 + minutes * 60) * (isEast ? 1 : -1)
    }
}
