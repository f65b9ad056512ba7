/// A moment of a record, in microseconds since 1970-01-01T00:00:00Z.
///
/// Records are written in one form, `2026-11-22T19:00:42.123456Z`; anything else is no moment. Algorithm of the civil
/// calendar: days_from_civil, proleptic Gregorian.
struct RecordMoment: Hashable, Comparable, Sendable {
    let microseconds: Int64

    init?(_ text: String) {
        let form: StaticString = "0000-00-00T00:00:00.000000Z"
        let bytes = text.utf8.span
        guard bytes.count == form.utf8CodeUnitCount else { return nil }
        var numbers: [7 of Int64] = .init(repeating: 0)
        var number = 0
        for place in bytes.indices {
            let byte = bytes[place]
            // Safe: the place is within both.
            let wanted = unsafe form.utf8Start[place]
            guard wanted == UInt8(ascii: "0") else {
                guard byte == wanted else { return nil }
                number += 1
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            numbers[number] = numbers[number] * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        guard (1...12).contains(numbers[1]), (1...31).contains(numbers[2]), numbers[3] < 24, numbers[4] < 60,
            numbers[5] < 60
        else { return nil }
        let days = Self.days(year: numbers[0], month: numbers[1], day: numbers[2])
        let seconds = ((days * 24 + numbers[3]) * 60 + numbers[4]) * 60 + numbers[5]
        microseconds = seconds * 1_000_000 + numbers[6]
    }

    private init(microseconds: Int64) { self.microseconds = microseconds }

    func advanced(bySeconds seconds: Int64) -> RecordMoment {
        RecordMoment(microseconds: microseconds + seconds * 1_000_000)
    }

    /// Until when a call that was decided before this moment may be recorded: the decision lies before the intent.
    var afterDecision: RecordMoment { advanced(bySeconds: 10) }

    static func < (left: RecordMoment, right: RecordMoment) -> Bool { left.microseconds < right.microseconds }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        // Years begin in March here, so that the leap day is the last of its year.
        let year = month > 2 ? year : year - 1
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
