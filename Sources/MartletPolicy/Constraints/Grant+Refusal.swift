import MartletCore
import MartletJSON

extension Grant {
    /// Why the constraints do not hold for `arguments`: the most specific of all reasons, or nil when they hold.
    func refusal(of arguments: JSONValue?) -> DenialReason? {
        guard let arguments else { return constraints.isEmpty ? nil : .argumentMissing }
        guard arguments.kind == .object else { return .wrongType }
        var worst: DenialReason?
        for constraint in constraints {
            worst = DenialReason.moreSpecific(worst, constraint.refusal(of: arguments))
        }
        guard isClosed, leavesOpen(arguments, paths: constraints.flatMap(\.steps)) else { return worst }
        return DenialReason.moreSpecific(worst, .argumentUnknown)
    }

    /// Whether some value below `value` is selected by none of `paths`.
    private func leavesOpen(_ value: JSONValue, paths: [ArraySlice<ArgumentPath.Step>]) -> Bool {
        if paths.contains(where: \.isEmpty) { return false }
        switch value.kind {
        case .object:
            return value.members.contains { member in
                leavesOpen(member.value, below: paths) { $0.selects(member: member.key) }
            }
        case .array:
            return value.elements.enumerated().contains { index, element in
                leavesOpen(element, below: paths) { $0.selects(element: index) }
            }
        case .null, .boolean, .number, .string:
            return true
        }
    }

    private func leavesOpen(
        _ value: JSONValue, below paths: [ArraySlice<ArgumentPath.Step>], matching: (ArgumentPath.Step) -> Bool
    ) -> Bool {
        let rest = paths.filter { $0.first.map(matching) ?? false }.map { $0.dropFirst() }
        return rest.isEmpty || leavesOpen(value, paths: rest)
    }
}

extension Constraint {
    /// The paths this constraint speaks about.
    fileprivate var steps: [ArraySlice<ArgumentPath.Step>] {
        guard case .amount(let amount) = rule else { return [path.steps[...]] }
        return [path.steps[...], amount.currencyPath.steps[...]]
    }

    func refusal(of arguments: JSONValue) -> DenialReason? {
        if case .amount(let amount) = rule {
            // Amounts of another currency cannot be compared: the currency is told first, and alone.
            let currency = amount.currencyPath.refusal(in: arguments, check: amount.refusal(ofCurrency:))
            if let currency { return currency }
        }
        return path.refusal(in: arguments, check: rule.refusal(of:))
    }
}

extension Constraint.Rule {
    fileprivate func refusal(of value: JSONValue) -> DenialReason? {
        switch self {
        case .amount(let amount):
            Self.compare(value) { amount.refusal(of: $0) }
        case .number(let range):
            Self.compare(value) { range.contains($0) ? nil : .numberOutOfRange }
        case .numbers(let list):
            Self.compare(value) { list.contains($0) ? nil : .valueNotListed }
        case .texts(let list):
            value.string.map { list.contains(ExactText($0)) ? nil : .valueNotListed } ?? .wrongType
        case .string(let rule):
            value.string.map { rule.contains($0) ? nil : .stringOutOfRange } ?? .wrongType
        case .boolean(let wanted):
            value.bool.map { $0 == wanted ? nil : .booleanNotAllowed } ?? .wrongType
        }
    }

    /// Reads the exact decimal of a JSON number; nothing else is a number, a string of digits included.
    private static func compare(_ value: JSONValue, with check: (Decimal) -> DenialReason?) -> DenialReason? {
        guard let text = value.numberText else { return .wrongType }
        guard let number = Decimal(text) else { return .notRepresentable }
        return check(number)
    }
}

extension AmountRule {
    fileprivate func refusal(ofCurrency value: JSONValue) -> DenialReason? {
        guard let text = value.string else { return .wrongType }
        return text.utf8.elementsEqual(currency.code.utf8) ? nil : .currencyNotAllowed
    }

    fileprivate func refusal(of value: Decimal) -> DenialReason? {
        if value.isZero || value.isNegative { return .amountNotPositive }
        if let minimum, value < minimum { return .amountBelowLimit }
        if let maximum, maximum < value { return .amountAboveLimit }
        return nil
    }
}
