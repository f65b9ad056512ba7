import MartletJSON

extension ArgumentPath {
    /// Applies `check` to every selected value of `arguments` and returns the most specific refusal.
    ///
    /// A path that selects nothing refuses with `argumentMissing`, an empty list included: a condition on every element
    /// of nothing would hold, and `[]` is not what the grant was written for.
    func refusal(in arguments: JSONValue, check: (JSONValue) -> DenialReason?) -> DenialReason? {
        Self.refusal(steps[...], in: arguments, check: check)
    }

    private static func refusal(
        _ steps: ArraySlice<Step>, in value: JSONValue, check: (JSONValue) -> DenialReason?
    ) -> DenialReason? {
        guard let step = steps.first else { return check(value) }
        let rest = steps.dropFirst()
        switch (step, value.kind) {
        case (.member(let key), .object):
            guard let member = value[key.text] else { return .argumentMissing }
            // Beside `amount`, an `Amount` could be the one a lenient upstream reads: the grant bounds neither then.
            guard !value.members.contains(where: { key.isResembled(by: $0.key) }) else { return .argumentUnknown }
            return refusal(rest, in: member, check: check)
        case (.member(let key), .array):
            guard let element = arrayIndex(key).flatMap({ value[$0] }) else { return .argumentMissing }
            return refusal(rest, in: element, check: check)
        case (.each, .object):
            return refusal(rest, inEach: value.members.lazy.map { $0.value }, check: check)
        case (.each, .array):
            return refusal(rest, inEach: value.elements, check: check)
        case (_, .null), (_, .boolean), (_, .number), (_, .string):
            return .wrongType
        }
    }

    private static func refusal(
        _ steps: ArraySlice<Step>, inEach values: some Sequence<JSONValue>, check: (JSONValue) -> DenialReason?
    ) -> DenialReason? {
        var worst: DenialReason?
        var isEmpty = true
        for value in values {
            isEmpty = false
            worst = DenialReason.moreSpecific(worst, refusal(steps, in: value, check: check))
        }
        return isEmpty ? .argumentMissing : worst
    }

    /// An array index as RFC 6901, section 4, writes it: digits without leading zeros.
    static func arrayIndex(_ key: ExactText) -> Int? {
        guard let index = Int(key.text), index >= 0, ExactText(String(index)) == key else { return nil }
        return index
    }
}

extension ArgumentPath.Step {
    func selects(member key: String) -> Bool {
        switch self {
        case .each: true
        case .member(let name): name == ExactText(key)
        }
    }

    func selects(element index: Int) -> Bool {
        switch self {
        case .each: true
        case .member(let name): ArgumentPath.arrayIndex(name) == index
        }
    }
}
