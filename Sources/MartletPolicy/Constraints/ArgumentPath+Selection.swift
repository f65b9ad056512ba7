import MartletJSON

extension ArgumentPath {
    /// Calls `body` with every selected value of `arguments` and returns what is wrong on the way to them: the most
    /// specific of all faults.
    ///
    /// A path that selects nothing has the fault `argumentMissing`, an empty list included: a condition on every element
    /// of nothing would hold, and `[]` is not what a grant was written for.
    func select(in arguments: JSONValue, _ body: (JSONValue) -> Void) -> DenialReason? {
        Self.select(steps[...], in: arguments, body)
    }

    private static func select(
        _ steps: ArraySlice<Step>, in value: JSONValue, _ body: (JSONValue) -> Void
    ) -> DenialReason? {
        guard let step = steps.first else {
            body(value)
            return nil
        }
        let rest = steps.dropFirst()
        switch (step, value.kind) {
        case (.member(let key), .object):
            guard let member = value[key.text] else { return .argumentMissing }
            // Beside `amount`, an `Amount` could be the one a lenient upstream reads: the grant bounds neither then.
            guard !value.keys(thatMayLookLike: key.text).contains(where: key.isResembled) else {
                return .argumentUnknown
            }
            return select(rest, in: member, body)
        case (.member(let key), .array):
            guard let element = arrayIndex(key).flatMap({ value[$0] }) else { return .argumentMissing }
            return select(rest, in: element, body)
        case (.each, .object):
            return select(rest, inEach: value.members.lazy.map { $0.value }, body)
        case (.each, .array):
            return select(rest, inEach: value.elements, body)
        case (_, .null), (_, .boolean), (_, .number), (_, .string):
            return .wrongType
        }
    }

    private static func select(
        _ steps: ArraySlice<Step>, inEach values: some Sequence<JSONValue>, _ body: (JSONValue) -> Void
    ) -> DenialReason? {
        var worst: DenialReason?
        var isEmpty = true
        for value in values {
            isEmpty = false
            worst = DenialReason.moreSpecific(worst, select(steps, in: value, body))
        }
        return isEmpty ? .argumentMissing : worst
    }

    /// An array index as RFC 6901, section 4, writes it: digits without leading zeros.
    static func arrayIndex(_ key: ExactText) -> Int? {
        guard let index = Int(key.text), index >= 0, ExactText(String(index)) == key else { return nil }
        return index
    }
}

extension ArgumentPath {
    /// Whether all values of `arguments` are selected by one of `paths`.
    static func cover(_ arguments: JSONValue, _ paths: [ArgumentPath]) -> Bool {
        !leavesOpen(arguments, paths: paths.map { $0.steps[...] })
    }

    private static func leavesOpen(_ value: JSONValue, paths: [ArraySlice<Step>]) -> Bool {
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

    private static func leavesOpen(
        _ value: JSONValue, below paths: [ArraySlice<Step>], matching: (Step) -> Bool
    ) -> Bool {
        let rest = paths.filter { $0.first.map(matching) ?? false }.map { $0.dropFirst() }
        return rest.isEmpty || leavesOpen(value, paths: rest)
    }
}

extension ArgumentPath.Step {
    fileprivate func selects(member key: String) -> Bool {
        switch self {
        case .each: true
        case .member(let name): name == ExactText(key)
        }
    }

    fileprivate func selects(element index: Int) -> Bool {
        switch self {
        case .each: true
        case .member(let name): ArgumentPath.arrayIndex(name) == index
        }
    }
}
