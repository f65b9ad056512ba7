extension ParseError.Kind: CustomStringConvertible {
    /// A phrase for people, without the place.
    public var description: String {
        switch self {
        case .invalidUTF8: "the text is not UTF-8"
        case .unknownCharacter: "this character starts nothing that Cedar knows"
        case .unterminatedString: "expected a closing `\"`"
        case .invalidEscape: "not an escape; use \\n \\r \\t \\\\ \\0 \\' \\\" \\x41 or \\u{1f600}"
        case .integerTooLarge: "an integer must fit into 64 bits, signed"
        case .unexpected(let found, let expected): "expected \(expected), found \(found)"
        case .reservedWord(let word): "`\(word)` is a word of the language and cannot be a name"
        case .reservedName(let name): "`\(name)` contains the reserved name `__cedar`"
        case .invalidEffect(let found): "expected `permit` or `forbid`, found `\(found)`"
        case .invalidCondition(let found): "expected `when` or `unless`, found `\(found)`"
        case .emptyCondition: "expected an expression between `{` and `}`"
        case .duplicateAnnotation(let name): "the annotation `@\(name)` is there twice"
        case .duplicateKey(let key): "the key `\(key)` is there twice"
        case .duplicatePolicyID(let id): "the policy id `\(id)` is there twice"
        default: detailedDescription
        }
    }

    private var detailedDescription: String {
        switch self {
        case .invalidScope(let found, let expected): "expected `\(expected)` in the scope, found \(found)"
        case .invalidScopeOperator(let found): "the scope allows `==`, `in` and `is`, not `\(found)`"
        case .invalidScopeEntity(let found, let expected): "expected \(expected), found \(found)"
        case .notAnAction(let uid): "expected an entity of type `Action` in the action scope, found `\(uid)`"
        case .typeConstraint: "a variable of the scope has no type; use `is`"
        case .invalidSlot(let slot): "expected no `\(slot)` here: the scope of a template has ?principal and ?resource"
        case .ambiguousOperators: "comparisons do not chain; use parentheses"
        case .unsupportedOperator(let found): "Cedar has no `\(found)`"
        case .tooManyUnaryOperators: "at most four `!` or `-` in a row"
        case .unknownVariable(let name):
            "expected an expression, found the name `\(name)`; variables are principal, action, resource and context"
        case .unknownFunction(let name): "there is no such function or method: `\(name)`"
        case .wrongArgumentCount(let method, let expected, let found):
            "`\(method)` takes \(expected) argument(s), found \(found)"
        case .notCallable: "this is no function"
        case .invalidOperand(let expected): "expected \(expected)"
        case .limitExceeded(let limit): "more than this implementation reads: \(limit)"
        default: ""
        }
    }
}
