/// One parser of hostile bytes, with what must hold for every input.
///
/// The raw value names the folders of its inputs: `FuzzTesting/Corpus` and `FuzzTesting/FailCases`.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// `MartletJSON`: the input is the document.
    case json
    /// `ServerSentEventParser`: how the input is cut, the limit, and then the stream (see `CutStream`).
    case sse
    /// `RequestHeaders`, `HeaderValue`, `ParameterHeaders`, `RequestParser`: field lines, an empty line, the body.
    case headers
    /// `LineFramer` and `UpstreamReply`: like `sse`.
    case stdio
    /// `PolicySet` from text, and the validator and authorizer on what was read.
    case policy
    /// `Schema` from text.
    case schema
    /// `PolicySet` from JSON, and then as `policy`.
    case policyJSON = "policy-json"
    /// `EntityStore` from JSON, with and without a schema.
    case entityJSON = "entity-json"

    /// Throws what `input` breaks. A trap in the parser is a finding by itself.
    package func check(_ input: [UInt8]) throws(Violation) {
        switch self {
        case .json: try JSONProperties.check(input)
        case .sse: try EventProperties.check(CutStream(input))
        case .headers: try HeaderProperties.check(HeaderInput(input))
        case .stdio: try LineProperties.check(CutStream(input))
        case .policy: try PolicyProperties.check(text: input)
        case .schema: try SchemaProperties.check(input)
        case .policyJSON: try PolicyProperties.check(json: input)
        case .entityJSON: try EntityProperties.check(input)
        }
    }
}

/// A property that does not hold for some input.
package struct Violation: Error, Hashable, CustomStringConvertible {
    package let description: String
}

func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws(Violation) {
    guard condition else { throw Violation(description: sentence()) }
}
