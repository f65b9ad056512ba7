extension ValidationError: CustomStringConvertible {
    /// A sentence for people: what is wrong and what to do, without the place.
    public var description: String { "\(kind.problem); \(kind.remedy)" }
}

extension ValidationError.Kind {
    /// What is wrong.
    public var problem: String {
        switch self {
        case .unknownEntityType(let type): "the schema has no entity type `\(type)`"
        case .unknownAction(let uid): "the schema has no action `\(uid)`"
        case .unknownEnumeratedEntity(let uid): "the schema does not list `\(uid)` among the entities of its type"
        case .scopeNeverApplies: "no request that the schema allows can satisfy this scope"
        case .unexpectedType(let expected, let found):
            "expected \(Array(Set(expected.map(\.phrase))).sorted().phrase), found \(found.phrase)"
        case .incompatibleTypes(let types, let combination):
            "\(combination.place) \(Array(Set(types.map(\.phrase))).sorted().joined(separator: " and ")), "
                + "which do not go together"
        case .unknownAttribute(let name, let type, let mayExist):
            mayExist
                ? "\(type.phrase) may be without the attribute `\(name)`"
                : "\(type.phrase) has no attribute `\(name)`"
        case .uncheckedAttribute(let name, let type):
            "the attribute `\(name)` of \(type.phrase) is optional, and nothing before says that it is there"
        case .uncheckedTag(let type): "nothing before says that this tag of \(type.phrase) is there"
        case .noTags(let type): "\(type.phrase) has no tags"
        case .wrongArgumentCount(let function, let expected, let found):
            "`\(function.rawValue)` takes \(expected) argument(s), found \(found)"
        case .invalidLiteral(let function): "`\(function.rawValue)` does not accept this text"
        case .emptySet: "the type of `[]` is open here"
        case .computedLiteral(let function): "the argument of `\(function.rawValue)` is computed, and could be any text"
        case .levelExceeded(let found, let maximum):
            "this looks \(found) step(s) into the entities, where \(maximum) are allowed"
        case .dereferencedLiteral: "this looks into an entity that the request does not name"
        case .untraceable: "what this looks into cannot be followed back to the request"
        case .tooComplex: "the policy is too deep, or takes too many steps to check"
        }
    }

    /// What to do about it.
    public var remedy: String {
        switch self {
        case .unknownEntityType, .unknownAction: "correct the name, or declare it in the schema"
        case .unknownEnumeratedEntity: "use one of the listed ids, or add this one to the schema"
        case .scopeNeverApplies(let principalNeedsIn, let resourceNeedsIn):
            Self.scopeRemedy(principalNeedsIn, resourceNeedsIn)
        case .unexpectedType: "use a value of the expected type here"
        case .incompatibleTypes(_, let combination): combination.remedy
        case .unknownAttribute(let name, _, let mayExist):
            mayExist
                ? "narrow the type with `is`, or ask `has \(name)` first"
                : "correct the name, or declare the attribute in the schema"
        case .uncheckedAttribute(let name, _): "write `… has \(name) &&` before it"
        case .uncheckedTag: "write `….hasTag(…) &&` with the same name before it"
        case .noTags: "use an attribute, or declare `tags` in the schema"
        case .wrongArgumentCount(_, let expected, _): "give it \(expected)"
        case .invalidLiteral(let function): "write it as in `\(function.example)`"
        case .emptySet: "use `.isEmpty()`, write an element, or check with the permissive mode"
        case .computedLiteral(let function):
            "write the text itself, as in `\(function.example)`, or let the schema give the value this type"
        case .levelExceeded(_, let maximum):
            "put what is needed into the context or the attributes above, or allow more than level \(maximum)"
        case .dereferencedLiteral, .untraceable: "start from principal, action, resource or context"
        case .tooComplex: "split it into several policies"
        }
    }

    private static func scopeRemedy(_ principalNeedsIn: Bool, _ resourceNeedsIn: Bool) -> String {
        let variables = (principalNeedsIn ? ["principal"] : []) + (resourceNeedsIn ? ["resource"] : [])
        guard !variables.isEmpty else {
            return "compare it with what `appliesTo` of the action says about principals and resources"
        }
        return variables.map { "write `\($0) in …` in place of `\($0) == …`" }.joined(separator: " and ")
    }
}

extension ValidationError.Combination {
    fileprivate var place: String {
        switch self {
        case .set: "the elements of this set are"
        case .conditional: "`then` and `else` give"
        case .equality: "this compares"
        case .contains: "this looks in a set for another type:"
        case .containsAnyOrAll: "this compares sets of other types:"
        case .getTag: "this tag can be"
        }
    }

    fileprivate var remedy: String {
        switch self {
        case .set: "write elements of one type"
        case .conditional: "give both branches one type"
        case .equality, .contains, .containsAnyOrAll: "use values of one type on both sides"
        case .getTag: "narrow the type of the entity with `is`"
        }
    }
}

extension ExtensionFunction {
    /// How its constructor is written.
    fileprivate var example: String {
        switch self {
        case .decimal: #"decimal("12.34")"#
        case .ip: #"ip("10.0.0.0/8")"#
        case .datetime: #"datetime("2026-11-23T08:00:00Z")"#
        case .duration: #"duration("1d2h30m")"#
        default: "\(rawValue)(…)"
        }
    }
}

extension ValidationWarning: CustomStringConvertible {
    /// A sentence for people.
    public var description: String {
        switch self {
        case .impossiblePolicy: "no request that the schema allows satisfies this policy; correct it, or take it out"
        }
    }
}
