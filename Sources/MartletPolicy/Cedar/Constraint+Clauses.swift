import MartletCedar
import MartletCore

extension Constraint {
    /// The facts that the clauses read, each with its path.
    var facts: [FactKey] {
        switch rule {
        case .amount(let amount): [FactKey(.texts, amount.currencyPath), FactKey(.ranges, path)]
        case .texts: [FactKey(.texts, path)]
        case .numbers: [FactKey(.numbers, path)]
        case .number: [FactKey(.ranges, path)]
        case .string: [FactKey(.strings, path)]
        case .boolean: [FactKey(.booleans, path)]
        }
    }

    var clauses: ClauseGroup {
        switch rule {
        case .amount(let amount): return amount.clauses(path)
        case .texts(let list):
            let fact = FactKey(.texts, path).expression
            let texts = list.sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
            let elements = texts.map { Expression.text(Text($0.text)) }
            return [Clause(sound: fact), Clause(.list(elements, holds: fact["values"]), .valueNotListed)]
        case .numbers(let list):
            let fact = FactKey(.numbers, path).expression
            let elements = list.sorted().map { ExactNumber($0).expression }
            return [Clause(sound: fact), Clause(.list(elements, holds: fact["values"]), .valueNotListed)]
        case .number(let range): return range.clauses(path)
        case .string(let rule): return rule.clauses(path)
        case .boolean(let wanted):
            let fact = FactKey(.booleans, path).expression
            return [Clause(sound: fact), Clause(.list([.bool(wanted)], holds: fact["values"]), .booleanNotAllowed)]
        }
    }
}

extension AmountRule {
    /// Amounts of another currency cannot be compared: the currency is asked first, and told alone.
    fileprivate func clauses(_ path: ArgumentPath) -> ClauseGroup {
        let currencies = FactKey(.texts, currencyPath).expression
        let code = Expression.text(Text(currency.code))
        let fact = FactKey(.ranges, path).expression
        var clauses = [
            Clause(sound: currencies, gate: .restOfConstraint),
            Clause(.list([code], holds: currencies["values"]), .currencyNotAllowed, gate: .restOfConstraint),
            Clause(sound: fact), Clause(ExactNumber.zero.isBelow(fact["least"]), .amountNotPositive),
        ]
        if let minimum {
            let reaches = Expression.either(
                .not(ExactNumber.zero.isBelow(fact["least"])), ExactNumber(minimum).isAtMost(fact["least"]))
            clauses.append(Clause(reaches, .amountBelowLimit))
        }
        if let maximum {
            clauses.append(Clause(ExactNumber(maximum).isAtLeast(fact["greatest"]), .amountAboveLimit))
        }
        return clauses
    }
}

extension NumberRange {
    fileprivate func clauses(_ path: ArgumentPath) -> ClauseGroup {
        let fact = FactKey(.ranges, path).expression
        var clauses = [Clause(sound: fact)]
        if let minimum { clauses.append(Clause(ExactNumber(minimum).isAtMost(fact["least"]), .numberOutOfRange)) }
        if let maximum { clauses.append(Clause(ExactNumber(maximum).isAtLeast(fact["greatest"]), .numberOutOfRange)) }
        return clauses
    }
}

extension StringRule {
    fileprivate func clauses(_ path: ArgumentPath) -> ClauseGroup {
        let fact = FactKey(.strings, path).expression
        var clauses = [Clause(sound: fact)]
        func add(_ expression: Expression) { clauses.append(Clause(expression, .stringOutOfRange)) }
        if let minimumLength { add(.compare(.lessOrEqual, .long(Int64(minimumLength)), fact["shortest"])) }
        if let maximumLength { add(.compare(.lessOrEqual, fact["longest"], .long(Int64(maximumLength)))) }
        if let prefix {
            add(.begins(fact["beginning"], with: prefix.text))
            // Only where the beginning is a folder can a text climb out of it.
            if prefix.text.utf8.contains(UInt8(ascii: "/")) { add(.not(fact["climbs"])) }
        }
        return clauses
    }
}
