import MartletCedar

/// What is read is printed as what is read again; the index leaves out nothing; what passes strictly has no type errors.
enum PolicyProperties {
    static func check(text input: [UInt8]) throws(Violation) {
        guard let set = read({ () throws(ParseError) in try PolicySet.parse(input) }) else { return }
        try check(set)
        try checkFormat(input)
    }

    /// What is formatted keeps its meaning and its comments, which the formatter checks, and stays as it is.
    private static func checkFormat(_ input: [UInt8]) throws(Violation) {
        let formatted: (once: String, twice: String)
        do throws(PolicyFormat.Failure) {
            let text = try PolicyFormat().format(input)
            formatted = (text, try PolicyFormat().format(Array(text.utf8)))
        } catch {
            throw Violation(description: "policies are not formatted: \(error)")
        }
        let isSame = formatted.once.utf8.elementsEqual(formatted.twice.utf8)
        try require(isSame, "formatted again it differs: \(formatted.once)")
    }

    static func check(json input: [UInt8]) throws(Violation) {
        guard let set = read({ () throws(JSONShapeError) in try PolicySet.parse(json: input) }) else { return }
        let again = read { () throws(JSONShapeError) in try PolicySet.parse(json: set.json) }
        try require(again?.json == set.json, "a policy set in JSON is not read as it was written")
        try check(set)
    }

    private static func check(_ set: PolicySet) throws(Violation) {
        for body in set.policies.filter({ $0.link == nil }).map(\.body) + set.templates.map(\.body) {
            try checkText(body)
            try checkJSON(body)
        }
        try checkAnswers(set)
    }

    /// tree → text → tree
    private static func checkText(_ body: PolicyBody) throws(Violation) {
        let text = body.description
        let again = read { () throws(ParseError) in try PolicyBody.parse(Array(text.utf8)) }
        try require(again == [body], "a policy is not read as it was printed: \(text)")
    }

    /// tree → JSON → tree. JSON has fewer forms: what was read from it stays the same.
    private static func checkJSON(_ body: PolicyBody) throws(Violation) {
        let json = body.json
        guard JSONDepth.of(json) <= JSONDepth.read else { return }
        let again = read { () throws(JSONShapeError) in try PolicyBody.parse(json: json) }
        try require(again?.json == json, "a policy in JSON is not read as it was written: \(body)")
    }

    private static func checkAnswers(_ set: PolicySet) throws(Violation) {
        guard let world = CedarWorld.shared else { throw Violation(description: "the world of the policies is broken") }
        let authorizer = Authorizer(set)
        let validator = Validator(world.schema)
        let isValid = validator.validate(set).isValid
        _ = validator.validate(set, mode: .permissive, level: 1)
        for request in world.requests {
            let answer = authorizer.response(to: request, entities: world.entities)
            try require(
                answer == authorizer.responseWithoutIndex(to: request, entities: world.entities),
                "the index leaves out what has a say")
            guard isValid else { continue }
            for failure in answer.errors where !failure.error.isPossibleAfterValidation {
                throw Violation(description: "a valid policy failed: \(failure.error)")
            }
        }
    }

    static func read<Result, Failure: Error>(_ body: () throws(Failure) -> Result) -> Result? {
        do throws(Failure) {
            return try body()
        } catch {
            return nil
        }
    }
}

extension EvaluationError {
    /// No schema says how large results are, and which entities exist.
    fileprivate var isPossibleAfterValidation: Bool {
        switch kind {
        case .overflow, .noSuchEntity, .invalidArgument(.offset), .invalidArgument(.durationSince),
            .invalidArgument(.toDate):
            true
        case .type, .noSuchAttribute, .noSuchKey, .noSuchTag, .argumentCount, .invalidArgument, .openSlot: false
        }
    }
}

/// How deep objects and arrays of JSON nest.
enum JSONDepth {
    /// Deeper JSON is not read.
    static let read = 256

    static func of(_ json: [UInt8]) -> Int {
        var (depth, deepest) = (0, 0)
        var (isString, isEscape) = (false, false)
        for byte in json {
            if isString {
                if byte == UInt8(ascii: "\""), !isEscape { isString = false }
                isEscape = byte == UInt8(ascii: "\\") && !isEscape
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                deepest = max(deepest, depth)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        return deepest
    }
}
