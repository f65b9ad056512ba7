/// A decimal number with at most four digits after the point, exact.
public struct Decimal: Hashable, Comparable, Sendable {
    /// The number times 10,000.
    public let tenThousandths: Int64

    /// Creates the number `tenThousandths / 10,000`.
    public init(tenThousandths: Int64) { self.tenThousandths = tenThousandths }

    /// The order of the numbers.
    public static func < (left: Decimal, right: Decimal) -> Bool { left.tenThousandths < right.tenThousandths }
}
