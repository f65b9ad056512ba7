/// How far a sink is behind the log.
package struct SinkFacts: Hashable, Sendable {
    /// The configured name.
    package let sink: String
    package let kind: String
    /// The log in which it stands; nil until it has read where.
    package let origin: String?
    /// The first record of that log that the other side has not acknowledged.
    package var next: UInt64
    /// Durable records that are not acknowledged, those of later logs with them.
    package var behind: UInt64
    /// Since when the first of them waits.
    package var seconds: Int64
    /// What went wrong last; nil when nothing does.
    package var reason: String?

    package init(
        sink: String, kind: String, origin: String?, next: UInt64, behind: UInt64, seconds: Int64, reason: String? = nil
    ) {
        self.sink = sink
        self.kind = kind
        self.origin = origin
        self.next = next
        self.behind = behind
        self.seconds = seconds
        self.reason = reason
    }
}
