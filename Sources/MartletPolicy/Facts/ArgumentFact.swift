import MartletCedar
import MartletCore
import MartletJSON

/// One fact in the making: what all values that a path selects have in common.
///
/// `fault` is the word of what is wrong with any of them. The rest of the record describes those with which nothing is
/// wrong; what has no meaning without a value is left out when there is none.
struct ArgumentFact {
    let record: Record
    let fault: DenialReason?

    init(_ key: FactKey, of arguments: JSONValue?, isObject: Bool) {
        var values = SelectedValues(key.kind)
        fault = isObject ? values.collect(key.path, arguments) : .wrongType
        var fields = values.fields
        // The record sorts itself; without a fault it is sorted already.
        if let fault { fields.append(Record.Field(key: ContextKey.fault, value: .string(Text(fault.rawValue)))) }
        record = Record(fields)
    }
}

/// The values of the kind that a fact is about.
private struct SelectedValues {
    private let kind: FactKind
    private var texts: [String] = []
    private var numbers: [ExactNumber] = []
    private var booleans: Set<Bool> = []

    init(_ kind: FactKind) { self.kind = kind }

    mutating func collect(_ path: ArgumentPath, _ arguments: JSONValue?) -> DenialReason? {
        guard let arguments else { return .argumentMissing }
        var worst: DenialReason?
        var copy = self
        let fault = path.select(in: arguments) { worst = DenialReason.moreSpecific(worst, copy.take($0)) }
        self = copy
        return DenialReason.moreSpecific(fault, worst)
    }

    private mutating func take(_ value: JSONValue) -> DenialReason? {
        switch kind {
        case .texts, .strings:
            guard let text = value.string else { return .wrongType }
            texts.append(text)
        case .numbers, .ranges:
            // The exact decimal of a JSON number; nothing else is a number, a string of digits included.
            guard let text = value.numberText else { return .wrongType }
            guard let number = MartletCore.Decimal(text) else { return .notRepresentable }
            numbers.append(ExactNumber(number))
        case .booleans:
            guard let bool = value.bool else { return .wrongType }
            booleans.insert(bool)
        }
        return nil
    }

    var fields: [Record.Field] {
        switch kind {
        case .texts: return [field(ContextKey.values, .set(ValueSet(texts.map { .string(Text($0)) })))]
        case .numbers: return [field(ContextKey.values, .set(ValueSet(numbers.map(\.value))))]
        case .booleans: return [field(ContextKey.values, .set(ValueSet(booleans.map { .bool($0) })))]
        case .ranges:
            guard let least = numbers.min(), let greatest = numbers.max() else { return [] }
            let value = least.value
            return [
                field(ContextKey.greatest, least == greatest ? value : greatest.value), field(ContextKey.least, value),
            ]
        case .strings: return strings
        }
    }

    private var strings: [Record.Field] {
        guard let first = texts.first else { return [] }
        let lengths = texts.map { Int64($0.unicodeScalars.count) }
        let beginning = texts.count == 1 ? first : texts.dropFirst().reduce(first) { $0.commonBeginning(with: $1) }
        return [
            field(ContextKey.beginning, .string(Text(beginning))),
            field(ContextKey.climbs, .bool(texts.contains { $0.climbs })),
            field(ContextKey.longest, .long(lengths.max() ?? 0)), field(ContextKey.shortest, .long(lengths.min() ?? 0)),
        ]
    }

    private func field(_ key: Text, _ value: Value) -> Record.Field { Record.Field(key: key, value: value) }
}

extension String {
    /// The Unicode scalars with which both begin: all begin with a text exactly when this does.
    fileprivate func commonBeginning(with other: String) -> String {
        var scalars = UnicodeScalarView()
        for (left, right) in zip(unicodeScalars, other.unicodeScalars) {
            guard left == right else { break }
            scalars.append(left)
        }
        return String(scalars)
    }

    /// Whether a part between slashes or backslashes is `.` or `..`.
    fileprivate var climbs: Bool {
        // Of the part so far: its length, as long as it is nothing but points.
        var points: Int? = 0
        for byte in utf8 {
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") {
                if points == 1 || points == 2 { return true }
                points = 0
            } else {
                points = byte == UInt8(ascii: ".") ? points.map { $0 + 1 } : nil
            }
        }
        return points == 1 || points == 2
    }
}
