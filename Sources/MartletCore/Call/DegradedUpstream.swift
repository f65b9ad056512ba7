/// An upstream that is missing from an answer of the aggregated route, and roughly why.
package struct DegradedUpstream: Hashable, Sendable {
    /// Raw values stand in answers and records: never renamed or reused.
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// There is no connection, no process, or it ended before the answer.
        case unreachable
        case timeout
        /// It refused the gateway's credential or the request.
        case refused
        /// What it answered is no such list.
        case invalid
        /// A limit of the gateway was reached.
        case busy
    }

    package let id: UpstreamID
    package let reason: Reason

    package init(_ id: UpstreamID, _ reason: Reason) {
        self.id = id
        self.reason = reason
    }
}
