/// Why an expression has no value, with its place in the source of the policy.
public struct EvaluationError: Error, Hashable, Sendable {
    /// What is wrong.
    public let kind: Kind
    /// Where.
    public let span: SourceSpan

    init(_ kind: Kind, at span: SourceSpan) {
        self.kind = kind
        self.span = span
    }

    /// What is wrong.
    public indirect enum Kind: Error, Hashable, Sendable {
        /// A value of another type than those the operator takes.
        case type(expected: [Value.Kind], found: Value.Kind)
        /// There is no such entity, so that it has no attributes and tags.
        case noSuchEntity(EntityUID)
        /// The entity exists without this attribute.
        case noSuchAttribute(EntityUID, Text)
        /// The record does not have this key.
        case noSuchKey(Text)
        /// The entity exists without this tag.
        case noSuchTag(EntityUID, Text)
        /// The result does not fit into 64 bits; the symbol of the operator.
        case overflow(String)
        /// A function of an extension with another number of arguments.
        case argumentCount(ExtensionFunction, found: Int)
        /// The text given to a constructor is none that it takes, or a result does not fit.
        case invalidArgument(ExtensionFunction)
        /// A slot that no link filled.
        case openSlot(Slot)
    }
}

extension EvaluationError: CustomStringConvertible {
    /// A sentence for people.
    public var description: String {
        switch kind {
        case .type(let expected, let found):
            "expected \(expected.map(\.rawValue).joined(separator: " or ")), found \(found.rawValue)"
        case .noSuchEntity(let uid): "the entity `\(uid)` does not exist"
        case .noSuchAttribute(let uid, let name): "`\(uid)` has no attribute `\(name)`"
        case .noSuchKey(let key): "the record has no key `\(key)`"
        case .noSuchTag(let uid, let name): "`\(uid)` has no tag `\(name)`"
        case .overflow(let symbol): "integer overflow in `\(symbol)`"
        case .argumentCount(let function, let found):
            "`\(function.rawValue)` takes \(function.arity) argument(s), found \(found)"
        case .invalidArgument(let function): "`\(function.rawValue)` has no result for this argument"
        case .openSlot(let slot): "`\(slot.rawValue)` was not filled"
        }
    }
}
