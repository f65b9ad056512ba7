import MartletCedar
import MartletCore
import MartletJSON

/// An argument by the name of its binding, for hand-written policies: `context.args.amount`.
///
/// `amount` is a decimal, everything else a text. It is there when the call says it.
struct BoundArgument: Sendable {
    let name: Text
    let path: ArgumentPath

    /// Nil for a path that selects more than one value: of these there are facts only.
    init?(_ name: String, _ path: ArgumentPath) {
        guard !path.steps.contains(.each) else { return nil }
        self.name = Text(name)
        self.path = path
    }

    var isAmount: Bool { name == "amount" }
    /// The type in the schema.
    var type: String { isAmount ? "decimal" : "String" }

    /// The value, and what is wrong with it; neither when the call does not say it.
    func value(in arguments: JSONValue?, isObject: Bool) -> (Value?, DenialReason?) {
        guard isObject else { return (nil, .wrongType) }
        guard let arguments else { return (nil, nil) }
        var found: (Value?, DenialReason?) = (nil, nil)
        let fault = path.select(in: arguments) { found = isAmount ? Self.amount($0) : Self.text($0) }
        return (found.0, fault == .argumentMissing ? nil : fault ?? found.1)
    }

    private static func text(_ value: JSONValue) -> (Value?, DenialReason?) {
        value.string.map { (.string(Text($0)), nil) } ?? (nil, .wrongType)
    }

    private static func amount(_ value: JSONValue) -> (Value?, DenialReason?) {
        guard let text = value.numberText else { return (nil, .wrongType) }
        guard let number = MartletCore.Decimal(text), let decimal = MartletCedar.Decimal(exactly: number) else {
            return (nil, .notRepresentable)
        }
        return (.decimal(decimal), nil)
    }
}
