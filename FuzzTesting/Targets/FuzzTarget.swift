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
    /// `SignedNote`, `Checkpoint` and the keys of logs and witnesses: a note, a text to be signed, or a key on the first line.
    case note
    /// `TlogProof`, and the paths of RFC 9162 over a tree whose leaves are the lines of the input.
    case proof
    /// `TilePath` on the first line, and what lies there: `EntryBundle` or `HashTile`.
    case tile
    /// What others answer and ask: `WitnessRequest`, `WitnessVerdict`, `WitnessPolicy`.
    case witness
    /// `TimestampRequest`: the answer of an authority.
    case timestamp
    /// `LogCheck` and what else reads a leaf: a log with one record on each line.
    case record
    /// `SegmentReader`: how the batches are made whole, and then a segment without its header (see `SegmentInput`).
    case segment

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
        case .note: try NoteProperties.check(input)
        case .proof: try ProofProperties.check(input)
        case .tile: try TileProperties.check(input)
        case .witness: try WitnessProperties.check(input)
        case .timestamp: try TimestampProperties.check(input)
        case .record: try RecordProperties.check(input)
        case .segment: try SegmentProperties.check(SegmentInput(input))
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

/// What `body` gives; nil when it throws.
func attempt<Result, Failure: Error>(_ body: () throws(Failure) -> Result) -> Result? {
    do throws(Failure) {
        return try body()
    } catch {
        return nil
    }
}

func expect<Result, Failure: Error>(
    _ sentence: @autoclosure () -> String, _ body: () throws(Failure) -> Result
) throws(Violation) -> Result {
    do throws(Failure) {
        return try body()
    } catch {
        throw Violation(description: "\(sentence()): \(error)")
    }
}

func isSameText(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
