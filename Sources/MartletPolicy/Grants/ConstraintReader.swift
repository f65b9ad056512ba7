import MartletCore
import MartletJSON

/// Reads one constraint: `{"argument": "/json/pointer", "<kind>": …}`.
struct ConstraintReader {
    let source: String

    private static let kinds = ["amount", "one_of", "number", "string", "boolean"]
    private static let example = "write {\"argument\": \"/path\", \"one_of\": [\"…\"]}"

    func read(_ constraint: Located, _ problems: inout SourceProblems) -> DeclaredConstraint? {
        guard var members = JSONMembers(constraint) else {
            problems.add(line: constraint.line, "a constraint is an object", fix: Self.example)
            return nil
        }
        let path = path(members.take("argument"), "argument", line: members.line, &problems)
        let found = Self.kinds.compactMap { kind in members.take(kind).map { (kind, $0) } }
        members.finish(known: ["argument"] + Self.kinds, &problems)
        guard let (kind, value) = found.first, found.count == 1 else {
            problems.add(
                line: members.line,
                "a constraint says \(found.isEmpty ? "nothing" : "several things") about its argument",
                fix: "write exactly one of: " + Self.kinds.joined(separator: ", "))
            return nil
        }
        guard let rule = rule(kind, value, &problems), let path else { return nil }
        return DeclaredConstraint(path: path, rule: rule, line: members.line, source: source)
    }

    private func rule(
        _ kind: String, _ value: Located, _ problems: inout SourceProblems
    ) -> DeclaredConstraint.Rule? {
        switch kind {
        case "one_of": return list(value, &problems).map { .ready($0) }
        case "boolean":
            if let wanted = value.value.bool { return .ready(.boolean(wanted)) }
            problems.add(line: value.line, "\"boolean\" is not true or false", fix: "write true or false")
            return nil
        default: break
        }
        guard var members = JSONMembers(value) else {
            problems.add(line: value.line, "\"\(kind)\" is not an object", fix: "write {\"maximum\": …}")
            return nil
        }
        switch kind {
        case "amount": return amount(&members, &problems)
        case "number": return number(&members, &problems).map { .ready(.number($0)) }
        default: return string(&members, &problems)
        }
    }

    private func path(
        _ found: Located?, _ key: String, line: Int, _ problems: inout SourceProblems
    ) -> ArgumentPath? {
        if let path = found?.value.string.flatMap({ ArgumentPath($0) }) { return path }
        problems.add(
            line: found?.line ?? line, "\"\(key)\" is no path to an argument",
            fix: "write a JSON Pointer like \"/amount\" or \"/payments/*/amount\"")
        return nil
    }
}

// The kinds
extension ConstraintReader {
    private func amount(
        _ members: inout JSONMembers, _ problems: inout SourceProblems
    ) -> DeclaredConstraint.Rule? {
        let code = members.take("currency")
        let argument = members.take("currency_argument")
        let currencyPath = argument.flatMap { path($0, "currency_argument", line: $0.line, &problems) }
        let range = range(&members, known: ["minimum", "maximum", "currency", "currency_argument"], &problems)
        guard let currency = code?.value.string.flatMap({ Currency($0) }) else {
            problems.add(
                line: code?.line ?? members.line, "an amount without an ISO 4217 currency",
                fix: "write \"currency\": \"EUR\"")
            return nil
        }
        guard let range, argument == nil || currencyPath != nil else { return nil }
        if let maximum = range.maximum, maximum.isZero || maximum.isNegative {
            problems.add(
                line: members.line, "an amount of at most \(maximum) permits nothing", fix: "write a positive maximum")
            return nil
        }
        return .amount(range, currency, currencyPath: currencyPath)
    }

    private func number(_ members: inout JSONMembers, _ problems: inout SourceProblems) -> NumberRange? {
        range(&members, known: ["minimum", "maximum"], &problems)
    }

    private func range(
        _ members: inout JSONMembers, known: [String], _ problems: inout SourceProblems
    ) -> NumberRange? {
        let before = problems.all.count
        let minimum = decimal("minimum", &members, &problems)
        let maximum = decimal("maximum", &members, &problems)
        members.finish(known: known, &problems)
        if problems.all.count == before, minimum == nil, maximum == nil {
            problems.add(line: members.line, "a range without limits", fix: "add \"minimum\" or \"maximum\"")
        }
        if let minimum, let maximum, maximum < minimum {
            problems.add(line: members.line, "minimum \(minimum) is above maximum \(maximum)", fix: "exchange them")
        }
        return problems.all.count == before ? NumberRange(minimum: minimum, maximum: maximum) : nil
    }

    private func decimal(
        _ key: String, _ members: inout JSONMembers, _ problems: inout SourceProblems
    ) -> Decimal? {
        guard let found = members.take(key) else { return nil }
        if let number = found.value.numberText.flatMap({ Decimal($0) }) { return number }
        problems.add(
            line: found.line, "\"\(key)\" is no number of at most 18 digits", fix: "write a number without quotes")
        return nil
    }

    /// A list holds texts or numbers, not both: an argument has one type.
    private func list(_ value: Located, _ problems: inout SourceProblems) -> Constraint.Rule? {
        let elements = value.elements ?? []
        let texts = elements.compactMap(\.value.string)
        let numbers = elements.compactMap { $0.value.numberText.flatMap { Decimal($0) } }
        if !elements.isEmpty, texts.count == elements.count { return .texts(Set(texts.map(ExactText.init))) }
        if !elements.isEmpty, numbers.count == elements.count { return .numbers(Set(numbers)) }
        problems.add(
            line: value.line, "\"one_of\" is not a list of texts or of numbers",
            fix: "write at least one value, all of one type")
        return nil
    }

    private func string(
        _ members: inout JSONMembers, _ problems: inout SourceProblems
    ) -> DeclaredConstraint.Rule? {
        let before = problems.all.count
        if let values = members.take("one_of") {
            members.finish(known: ["one_of"], &problems)
            guard case .texts(let texts)? = list(values, &problems), problems.all.count == before else {
                if problems.all.count == before {
                    problems.add(line: values.line, "\"one_of\" of a string has numbers", fix: "write texts")
                }
                return nil
            }
            return .ready(.texts(texts))
        }
        let prefix = prefix(&members, &problems)
        let minimum = length("minimum_length", &members, &problems)
        let maximum = length("maximum_length", &members, &problems)
        members.finish(known: ["one_of", "prefix", "minimum_length", "maximum_length"], &problems)
        if problems.all.count == before, prefix == nil, minimum == nil, maximum == nil {
            problems.add(
                line: members.line, "a string constraint without limits", fix: "add \"maximum_length\" or \"prefix\"")
        }
        if let minimum, let maximum, maximum < minimum {
            problems.add(line: members.line, "minimum_length is above maximum_length", fix: "exchange them")
        }
        guard problems.all.count == before else { return nil }
        return .ready(.string(StringRule(prefix: prefix, minimumLength: minimum, maximumLength: maximum)))
    }

    private func prefix(_ members: inout JSONMembers, _ problems: inout SourceProblems) -> ExactText? {
        guard let found = members.take("prefix") else { return nil }
        if let text = found.value.string, !text.isEmpty { return ExactText(text) }
        problems.add(line: found.line, "\"prefix\" is empty or no text", fix: "write the text values must begin with")
        return nil
    }

    private func length(
        _ key: String, _ members: inout JSONMembers, _ problems: inout SourceProblems
    ) -> Int? {
        guard let found = members.take(key) else { return nil }
        if let value = found.value.integer, (0...1_048_576).contains(value) { return Int(value) }
        problems.add(line: found.line, "\"\(key)\" is no length", fix: "write a whole number from 0 to 1048576")
        return nil
    }
}
