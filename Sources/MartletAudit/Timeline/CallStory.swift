package import MartletCore

/// All records of one call, joined by its id and by the ticket of its approval.
package struct CallStory: Sendable {
    package let call: CallID
    /// The intent when there is one, else the denial: what says who asked for what.
    package let opening: TimelineEntry
    /// The outcome or the doubt that closed the intent.
    package internal(set) var closing: TimelineEntry?
    /// A denial that is not the opening (the intent was stored, its write reported as failed).
    package internal(set) var denial: TimelineEntry?
    /// The records of the approval the opening names, in the order of the log.
    package internal(set) var approvals: [TimelineEntry] = []

    /// Whether the gateway let the call go out.
    package var wasDispatched: Bool { opening.type == .callIntent && denial == nil }
}
