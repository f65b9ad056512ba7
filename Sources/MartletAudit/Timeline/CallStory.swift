package import MartletCore

/// All records of one call, joined by its id and by the ticket of its approval.
package struct CallStory: Sendable {
    package let call: CallID
    /// The intent when there is one, else the denial: what says who asked for what.
    package let opening: TimelineEntry
    /// The outcome or the doubt that closed the intent.
    package internal(set) var closing: TimelineEntry?
    /// What an operator said last of a doubt.
    package internal(set) var resolution: TimelineEntry?
    /// A denial that is not the opening (the intent was stored, its write reported as failed).
    package internal(set) var denial: TimelineEntry?
    /// The records of the approval the opening names, in the order of the log.
    package internal(set) var approvals: [TimelineEntry] = []

    /// Whether the gateway let the call go out.
    package var wasDispatched: Bool { opening.type == .callIntent && denial == nil }

    /// In the order of the log.
    package var records: [TimelineEntry] {
        ([opening, denial, closing, resolution].compactMap(\.self) + approvals).sorted { $0.index < $1.index }
    }
}
