/// A function or method of an extension type. Source: cedar-policy 4.12, `extensions/`.
public enum ExtensionFunction: String, Hashable, Sendable, CaseIterable {
    /// `decimal("1.50")`
    case decimal
    /// `a.lessThan(b)` of decimals
    case lessThan
    /// `a.lessThanOrEqual(b)` of decimals
    case lessThanOrEqual
    /// `a.greaterThan(b)` of decimals
    case greaterThan
    /// `a.greaterThanOrEqual(b)` of decimals
    case greaterThanOrEqual
    /// `ip("10.0.0.0/8")`
    case ip
    /// `a.isIpv4()`
    case isIpv4
    /// `a.isIpv6()`
    case isIpv6
    /// `a.isLoopback()`
    case isLoopback
    /// `a.isMulticast()`
    case isMulticast
    /// `a.isInRange(b)`
    case isInRange
    /// `datetime("2024-10-15T11:35:00Z")`
    case datetime
    /// `duration("1d2h")`
    case duration
    /// `datetime.offset(duration)`
    case offset
    /// `datetime.durationSince(datetime)`
    case durationSince
    /// `datetime.toDate()`
    case toDate
    /// `datetime.toTime()`
    case toTime
    /// `duration.toMilliseconds()`
    case toMilliseconds
    /// `duration.toSeconds()`
    case toSeconds
    /// `duration.toMinutes()`
    case toMinutes
    /// `duration.toHours()`
    case toHours
    /// `duration.toDays()`
    case toDays
}

extension ExtensionFunction {
    /// Whether it is called as `f(a)`; all others are called as `a.f(…)`.
    public var isConstructor: Bool {
        switch self {
        case .decimal, .ip, .datetime, .duration: true
        default: false
        }
    }

    /// The number of arguments, the one before the dot included.
    public var arity: Int {
        switch self {
        case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual, .isInRange, .offset, .durationSince: 2
        default: 1
        }
    }

    /// The function of this name; nil when there is none.
    static func named(_ name: Text) -> ExtensionFunction? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { (Text($0.rawValue), $0) })
}
