package import MartletCore

/// One typed condition on the arguments that `path` selects. Every selected value must satisfy it, and there must be
/// at least one.
package struct Constraint: Hashable, Sendable {
    package let path: ArgumentPath
    package let rule: Rule
    /// Where the condition was written: a scope word, or `constraints/0`. For explanations only.
    package let source: String

    package init(path: ArgumentPath, rule: Rule, source: String) {
        self.path = path
        self.rule = rule
        self.source = source
    }

    package enum Rule: Hashable, Sendable {
        case amount(AmountRule)
        case texts(Set<ExactText>)
        case numbers(Set<Decimal>)
        case number(NumberRange)
        case string(StringRule)
        case boolean(Bool)
    }
}

/// Money: a positive number within limits, in one currency that another argument names. Both limits are inclusive.
package struct AmountRule: Hashable, Sendable {
    package let minimum: Decimal?
    package let maximum: Decimal?
    package let currency: Currency
    /// Where the call says its currency. With a list of payments, every element must say it.
    package let currencyPath: ArgumentPath

    package init(minimum: Decimal?, maximum: Decimal?, currency: Currency, currencyPath: ArgumentPath) {
        self.minimum = minimum
        self.maximum = maximum
        self.currency = currency
        self.currencyPath = currencyPath
    }
}

/// An exact decimal within limits, both inclusive.
package struct NumberRange: Hashable, Sendable {
    package let minimum: Decimal?
    package let maximum: Decimal?

    package init(minimum: Decimal?, maximum: Decimal?) {
        self.minimum = minimum
        self.maximum = maximum
    }
}

/// A text of limited length with a fixed beginning. Lengths count Unicode scalars, as JSON Schema does; both inclusive.
///
/// The prefix is compared byte for byte. When it contains a `/`, a value with a `.` or `..` path segment is refused,
/// so that `/srv/data/../../etc` does not pass as something below `/srv/data/`. Nothing else is normalised.
package struct StringRule: Hashable, Sendable {
    package let prefix: ExactText?
    package let minimumLength: Int?
    package let maximumLength: Int?

    package init(prefix: ExactText?, minimumLength: Int?, maximumLength: Int?) {
        self.prefix = prefix
        self.minimumLength = minimumLength
        self.maximumLength = maximumLength
    }
}
