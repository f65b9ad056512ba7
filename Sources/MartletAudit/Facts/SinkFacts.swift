/// How far a sink is behind the log.
package struct SinkFacts: Hashable, Sendable {
    /// The configured name.
    package let sink: String
    package let kind: String
    /// The first record that the other side has not acknowledged.
    package var next: UInt64
    /// Durable records that are not acknowledged.
    package var behind: UInt64
    /// Since when the first of them waits.
    package var seconds: Int64
    /// What went wrong last; nil when nothing does.
    package var reason: String?

    package init(sink: String, kind: String, next: UInt64, behind: UInt64, seconds: Int64, reason: String? = nil) {
        self.sink = sink
        self.kind = kind
        self.next = next
        self.behind = behind
        self.seconds = seconds
        self.reason = reason
    }
}
