/// When the outcome of a call becomes durable, seen from its answer. Raw values are stored in records.
package enum OutcomeOrder: String, Hashable, Sendable, CaseIterable {
    /// The answer waits for it.
    case beforeReply = "before_reply"
    /// The answer leaves at once; the outcome stands in the batch that is written next. After a crash in between the call is in
    /// doubt, although its answer was given.
    case nextBatch = "next_batch"
}
