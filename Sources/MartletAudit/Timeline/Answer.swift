/// How a reader may know that an answer is true. Raw values stand in JSON output: never renamed.
package enum AnswerStrength: String, Hashable, Sendable, CaseIterable {
    /// Proven to the gateway: a signed token, a record of a decision by an authenticated person, its own rule.
    case verified
    /// The gateway saw it itself.
    case observed
    /// Somebody said so and nothing proves it.
    case asserted
    /// Worked out from records, each of which is at hand.
    case derived
    case notStated = "not stated"
}

/// One answer of a timeline: what, and how strong its source is.
package struct Answer: Hashable, Sendable {
    package let text: String
    package let strength: AnswerStrength
    /// What the strength rests on, e.g. `bearer token of https://issuer.test`.
    package let basis: String?

    package init(_ text: String, _ strength: AnswerStrength, _ basis: String? = nil) {
        self.text = text
        self.strength = strength
        self.basis = basis
    }
}

/// The five questions about one call.
package struct CallAnswers: Hashable, Sendable {
    package let who: Answer
    package let model: Answer
    package let arguments: Answer
    package let result: Answer
    package let approval: Answer
}
