import MartletCedar
import MartletCore

/// An exact number as two integers: `whole + fraction / 10^18`, the fraction never negative.
///
/// Cedar's `decimal` has four digits after the point. With one more digit an amount would have to be rounded, and a
/// limit could be passed by less than the rounding; two integers hold every number that the gateway can compare.
struct ExactNumber: Hashable, Comparable {
    let whole: Int64
    /// 0 to 10^18 - 1.
    let fraction: Int64

    static let zero = ExactNumber(whole: 0, fraction: 0)
    private static let places = 18

    private init(whole: Int64, fraction: Int64) {
        self.whole = whole
        self.fraction = fraction
    }

    init(_ number: MartletCore.Decimal) {
        let unit = Self.power(number.scale)
        let rest = number.unscaled % unit
        let isBelow = rest < 0
        // At most 18 digits: neither the sum nor the product can overflow.
        whole = number.unscaled / unit - (isBelow ? 1 : 0)
        fraction = (isBelow ? rest + unit : rest) * Self.power(Self.places - number.scale)
    }

    private static func power(_ exponent: Int) -> Int64 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    static func < (left: ExactNumber, right: ExactNumber) -> Bool {
        (left.whole, left.fraction) < (right.whole, right.fraction)
    }

    var value: Value {
        .record(
            Record([
                Record.Field(key: ContextKey.fraction, value: .long(fraction)),
                Record.Field(key: ContextKey.whole, value: .long(whole)),
            ]))
    }
}

// As parts of policies
extension ExactNumber {
    var expression: Expression {
        Expression(
            .record([
                Expression.Field(key: "fraction", value: .long(fraction)),
                Expression.Field(key: "whole", value: .long(whole)),
            ]))
    }

    /// `this <= number`
    func isAtMost(_ number: Expression) -> Expression {
        if fraction == 0 { return .compare(.greaterOrEqual, number["whole"], .long(whole)) }
        return compare(.greater, number, .greaterOrEqual)
    }

    /// `this >= number`
    func isAtLeast(_ number: Expression) -> Expression { compare(.less, number, .lessOrEqual) }

    /// `this < number`
    func isBelow(_ number: Expression) -> Expression { compare(.greater, number, .greater) }

    private func compare(_ whole: BinaryOperator, _ number: Expression, _ fraction: BinaryOperator) -> Expression {
        let isSame = Expression.compare(.equal, number["whole"], .long(self.whole))
        return .either(
            .compare(whole, number["whole"], .long(self.whole)),
            Expression(.and(isSame, .compare(fraction, number["fraction"], .long(self.fraction)))))
    }
}

extension MartletCedar.Decimal {
    /// Nil when the number needs more than four digits after the point, or does not fit.
    init?(exactly number: MartletCore.Decimal) {
        guard number.scale <= 4 else { return nil }
        let factor = (number.scale..<4).reduce(Int64(1)) { power, _ in power * 10 }
        let (value, overflow) = number.unscaled.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        self.init(tenThousandths: value)
    }
}
