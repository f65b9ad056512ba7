/// Why a text is not Cedar, with the place.
public struct ParseError: Error, Hashable, Sendable {
    /// What is wrong.
    public let kind: Kind
    /// Where, in bytes of the source.
    public let span: SourceSpan

    /// Creates an error at a place.
    public init(_ kind: Kind, at span: SourceSpan) {
        self.kind = kind
        self.span = span
    }

    /// What is wrong. Texts in the cases are parts of the source or phrases of ours.
    public enum Kind: Hashable, Sendable {
        /// The bytes are no UTF-8.
        case invalidUTF8
        /// A character that starts no token.
        case unknownCharacter
        /// A string without a closing quote.
        case unterminatedString
        /// A backslash sequence that is no escape, or a bare carriage return in a string.
        case invalidEscape
        /// An integer outside of 64 bits, signed.
        case integerTooLarge
        /// Another token than one of those expected.
        case unexpected(found: String, expected: String)
        /// A word that the language keeps, used as a name.
        case reservedWord(String)
        /// A name that contains `__cedar`.
        case reservedName(String)
        /// The text before `(` is neither `permit` nor `forbid`.
        case invalidEffect(String)
        /// The word before `{` is neither `when` nor `unless`.
        case invalidCondition(String)
        /// `when {}`
        case emptyCondition
        /// The annotation was there before.
        case duplicateAnnotation(String)
        /// The record key was there before.
        case duplicateKey(String)
        /// The policy id was there before.
        case duplicatePolicyID(String)
        /// A scope part that is not the variable expected at this place.
        case invalidScope(found: String, expected: String)
        /// An operator that a scope does not allow.
        case invalidScopeOperator(String)
        /// What follows the operator of a scope is not what it allows.
        case invalidScopeEntity(found: String, expected: String)
        /// An entity of the action scope whose type is not `Action`.
        case notAnAction(String)
        /// `principal: T`
        case typeConstraint
        /// A slot in a condition, or a slot other than `?principal` and `?resource`.
        case invalidSlot(String)
        /// `a == b == c`, or another chain that has no meaning.
        case ambiguousOperators
        /// `=`, `/` and `%` do not exist.
        case unsupportedOperator(String)
        /// More than four `!` or `-`.
        case tooManyUnaryOperators
        /// A name where an expression is needed.
        case unknownVariable(String)
        /// A function or method that does not exist, or one called as the other.
        case unknownFunction(String)
        /// A method of the language with another number of arguments.
        case wrongArgumentCount(method: String, expected: Int, found: Int)
        /// A call of something that is no function.
        case notCallable
        /// The right side of `has`, `is`, `like`, `[…]` or the left side of `:` is not what it has to be.
        case invalidOperand(expected: String)
        /// ``ParseLimits/maximumBytes``, ``ParseLimits/maximumNesting``, ``ParseLimits/maximumHeight`` or
        /// ``ParseLimits/maximumPolicies``.
        case limitExceeded(String)
    }
}

extension ParseError: CustomStringConvertible {
    /// A sentence for people.
    public var description: String { "\(kind) at byte \(span.start)" }

    /// The sentence with line and column.
    public func message(in source: [UInt8]) -> String { "\(SourcePlace(of: span.start, in: source)): \(kind)" }
}
