package import MartletJSON

/// Checks what the tree cannot: whether the records of a log make sense together. Reads it once, leaf by leaf, in order.
///
/// An intent without an outcome is no finding, nor is a stream without an end while the gateway runs: both are counted.
/// A ruling recorded twice with equal content is none either: after a crash between a record and the note of it, it is
/// written again. What an older version did not write down is not judged. Source: ADR-0022.
package struct LogCheck: Sendable {
    /// The first findings; `omitted` counts what came after them.
    package private(set) var findings: [LogFinding] = []
    package private(set) var omitted = 0
    private var calls: CallRules
    private var approvals: ApprovalRules
    private var streams = StreamRules()
    private var authority = AuthorityRules()
    private var credentials = CredentialRules()
    private var erasures = ErasureRules()
    private var runs = RunRules()
    private var pulse: PulseRules
    private var shards = ShardRules()
    private var words: WordRules

    /// How many findings are kept.
    package static let maximumFindings = 1000

    /// `memory` bounds how many past calls and approvals are remembered, for whoever follows a log without end; a rule
    /// about one that is forgotten finds too much rather than too little. Nil remembers all.
    package init(memory: Int? = nil) {
        calls = CallRules(memory: memory)
        approvals = ApprovalRules(memory: memory)
        words = WordRules(memory: memory)
        pulse = PulseRules(remembersTrees: memory == nil)
    }

    /// Takes the leaf at `index`; everything before it has been taken.
    package mutating func take(_ leaf: [UInt8], at index: UInt64) {
        do throws(JSONError) {
            take(try JSONValue.parse(leaf), at: index)
        } catch {
            find(.readable, index, error.reason)
        }
    }

    package mutating func take(_ document: JSONValue, at index: UInt64) {
        let record = LogRecord(document, at: index)
        var breaches: [Breach] = []
        runs.take(record, &breaches)
        pulse.take(record, &breaches)
        shards.take(record, &breaches)
        calls.take(record, &breaches)
        approvals.take(record, &breaches)
        streams.take(record, &breaches)
        authority.take(record, &breaches)
        credentials.take(record, &breaches)
        erasures.take(record, &breaches)
        words.take(record, &breaches)
        for breach in breaches { find(breach.rule, index, breach.text) }
    }

    /// Notes what somebody else found, in the same list.
    package mutating func find(_ rule: LogRule, _ index: UInt64, _ text: String) {
        guard findings.count < Self.maximumFindings else {
            omitted += 1
            return
        }
        findings.append(LogFinding(rule: rule, index: index, text: text))
    }

    /// Gives the findings away, so that the next ones have room.
    package mutating func takeFindings() -> [LogFinding] {
        defer { findings = [] }
        return findings
    }

    /// The log that this one goes on from, as its records say.
    package var previous: NeighbourLog? { shards.previous }
    /// The log that goes on from this one, as its last record says.
    package var next: NeighbourLog? { shards.next }

    /// What heartbeats say of the tree, to be compared by who has its hashes; empty when the memory is bounded.
    package var statedTrees: [StatedTree] { pulse.trees }

    /// The indexes of intents without an outcome, in the order of the log.
    package var openIntents: [UInt64] { calls.open.sorted() }
    /// The indexes of streams without an end, in the order of the log.
    package var openStreams: [UInt64] { streams.open.sorted() }
}

/// What a record breaks.
struct Breach {
    let rule: LogRule
    let text: String

    init(_ rule: LogRule, _ text: String) {
        self.rule = rule
        self.text = text
    }
}
