import MartletCore
import MartletJSON

/// The whole story of one call: each fact with the strength of its source, and what was approved beside what was tried.
///
/// Rests on the records it was given and on nothing else. What they do not say is said to be not known.
package struct CallReport: Sendable {
    /// What else the log has about the call.
    package struct Surroundings: Sendable {
        /// Withdrawals of its credential, of the token, or of somebody it names.
        package var revocations: [TimelineEntry] = []
        /// The request of the approval the call used, or of the nearest one that was granted for the same tool.
        package var approved: TimelineEntry?
        /// Whether `approved` is the approval that the call used.
        package var isUsed = false
        package init() {}
    }

    package struct Fact: Sendable, Hashable {
        package let name: String
        package let answer: Answer
    }

    package let story: CallStory
    package private(set) var facts: [Fact] = []
    package private(set) var diff: ArgumentDiff?
    /// The records whose sealed values could be opened.
    package private(set) var opened: [UInt64] = []

    package init(_ story: CallStory, _ surroundings: Surroundings, _ values: SealedValues) {
        self.story = story
        let answers = story.answers(values)
        let records = [story.opening, story.closing, surroundings.approved].compactMap { $0 }
        for record in records { if case .opened = values.open(record) { opened.append(record.index) } }
        add("who", answers.who)
        add("credential", story.credential(surroundings.revocations))
        add("model", story.namedModel(answers.model))
        add("tool", story.target)
        add("arguments", answers.arguments)
        add("decision", story.ruling)
        add("result", answers.result)
        add("approval", answers.approval)
        if let approved = surroundings.approved { compare(approved, surroundings.isUsed, values) }
    }

    private mutating func add(_ name: String, _ answer: Answer) { facts.append(Fact(name: name, answer: answer)) }

    private mutating func compare(_ approved: TimelineEntry, _ isUsed: Bool, _ values: SealedValues) {
        let basis = "records \(approved.index) and \(story.opening.index)"
        let subject =
            isUsed ? "what was approved" : "the nearest approval (\(approved.approvalID ?? "?"), not of this call)"
        guard case .opened(let asked) = values.open(approved), let before = asked.member("args"),
            case .opened(let sent) = values.open(story.opening), let after = sent.member("args")
        else {
            return add(
                "compared",
                Answer("not known: \(subject) cannot be read here, its values stay sealed", .notStated, basis))
        }
        let diff = ArgumentDiff(approved: before, tried: after)
        self.diff = diff
        let count = diff.changes.count + diff.omitted
        let text =
            diff.isEqual
            ? "\(subject) and what was tried are the same arguments"
            : "\(subject) and what was tried differ in \(count) place\(count == 1 ? "" : "s")"
        add("compared", Answer(text, .derived, basis))
    }
}

extension CallStory {
    fileprivate func credential(_ revocations: [TimelineEntry]) -> Answer {
        guard let credential = opening.document.member("verified")?.member("cred"),
            let digest = credential.member("digest")?.string
        else { return Answer("not known: the request had no valid credential", .notStated) }
        var text = digest
        if let token = credential.member("jti")?.string { text += ", token \(token)" }
        if let end = credential.member("exp")?.string { text += ", valid until \(end)" }
        if let revoked = revocations.first {
            let order = revoked.index < opening.index ? "before" : "after"
            text += "; revoked \(order) this call at \(revoked.time.rfc3339) (record \(revoked.index))"
        }
        return Answer(text, .verified, opening.text("verified", "iss").map { "token of \($0)" })
    }

    fileprivate func namedModel(_ answer: Answer) -> Answer {
        guard answer.strength == .notStated else { return answer }
        return Answer("not known: neither the token nor the client named a model", .notStated)
    }

    fileprivate var target: Answer {
        let names = [opening.upstream, opening.subject].compactMap { $0 }
        guard !names.isEmpty else { return Answer("not known: the request was refused before it was read", .notStated) }
        let definition = opening.text("observed", "tool_def").map { ", definition \($0)" }
        return Answer(names.joined(separator: "/") + (definition ?? ", definition not recorded"), .observed)
    }

    fileprivate var ruling: Answer {
        guard let decision = opening.decision else { return Answer("not known: the record states none", .notStated) }
        var text = decision
        if let grant = opening.grant { text += " by grant \(grant)" }
        if let role = opening.role { text += " for role \(role)" }
        if let stage = opening.stage { text += " at stage \(stage)" }
        if let reason = opening.reason { text += ": \(reason)" }
        if let denial { text += "; then refused: \(denial.reason ?? "?") (record \(denial.index))" }
        return Answer(text, .derived, opening.text("derived", "policy").map { "policies \($0)" })
    }
}
