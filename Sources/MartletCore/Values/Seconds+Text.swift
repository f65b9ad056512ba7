/// Durations as operators write them: a whole number and one unit, `30s`, `15m`, `12h`, `90d`.
extension Seconds {
    /// Reads one duration; nil for anything else, for a missing unit, and above 100 years.
    package init?(_ text: String) {
        guard let unit = text.utf8.last, let factor = Self.factor(of: unit) else { return nil }
        let digits = text.utf8.dropLast()
        guard (1...10).contains(digits.count),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        let count = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: factor)
        guard !overflow, Seconds(seconds).count == seconds else { return nil }
        self.init(seconds)
    }

    /// The shortest spelling that reads back as the same duration.
    package var text: String {
        if count > 0, count.isMultiple(of: 86_400) { return "\(count / 86_400)d" }
        if count > 0, count.isMultiple(of: 3600) { return "\(count / 3600)h" }
        if count > 0, count.isMultiple(of: 60) { return "\(count / 60)m" }
        return "\(count)s"
    }

    private static func factor(of unit: UInt8) -> Int64? {
        switch unit {
        case UInt8(ascii: "s"): 1
        case UInt8(ascii: "m"): 60
        case UInt8(ascii: "h"): 3600
        case UInt8(ascii: "d"): 86_400
        default: nil
        }
    }
}
