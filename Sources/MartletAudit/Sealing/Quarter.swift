package import MartletCore

/// Three months of one year in UTC: as long as one data key is used. Written `2026-Q4`.
package struct Quarter: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    private let start: UnixTime
    private let end: UnixTime

    /// Nil outside of the years 0000 to 9998.
    package init?(of time: UnixTime) {
        let date = time.rfc3339.utf8
        guard date.count == 27, let year = Int(String(date.prefix(4)) ?? ""),
            let month = Int(String(date.dropFirst(5).prefix(2)) ?? "")
        else { return nil }
        self.init(year: year, number: (month + 2) / 3)
    }

    /// Reads `2026-Q4`.
    package init?(_ text: String) {
        let parts = text.split(separator: "-Q", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 4, let year = Int(parts[0]), let number = Int(parts[1]) else {
            return nil
        }
        self.init(year: year, number: number)
        guard description == text else { return nil }
    }

    private init?(year: Int, number: Int) {
        guard (1...4).contains(number) else { return nil }
        let next = number == 4 ? (year: year + 1, number: 1) : (year: year, number: number + 1)
        guard let start = Self.firstMoment(year, number), let end = Self.firstMoment(next.year, next.number) else {
            return nil
        }
        (self.start, self.end) = (start, end)
        description = "\(Self.padded(year, to: 4))-Q\(number)"
    }

    func contains(_ time: UnixTime) -> Bool { start <= time && time < end }

    private static func firstMoment(_ year: Int, _ number: Int) -> UnixTime? {
        UnixTime(rfc3339: "\(padded(year, to: 4))-\(padded(number * 3 - 2, to: 2))-01T00:00:00Z")
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
