package import MartletCore

/// The audit log. Keys under `audit`.
package struct AuditSettings: Sendable {
    /// `segment_size`: bytes of one segment file, 1MiB to 1GiB. Default 64MiB.
    package let segmentBytes: Int
    /// `spare_segments`: segments written with zeros in advance, 1 to 16. Default 2.
    package let spareSegments: Int
    /// `receipts`: whether results name their record and the newest checkpoint, `true` or `false`. Default true. A receipt
    /// shows its caller how many records the log has.
    package let receipts: Bool
    /// `head`: the directory in which the last signed state of the log is kept, best on another volume: a log that was put
    /// back from an older copy is then refused. Default `head` in `state`, which does not catch a copy of all of it.
    package let head: String?
    /// `heartbeat`: how often the log says that the gateway is there, 1s to 1h. Default 30s: who reads the log knows after
    /// that time that silence is silence.
    package let heartbeat: Seconds
    /// `witnesses`: who else signs what the log is. Default nobody.
    package let witnesses: WitnessSettings?
    /// `timestamps`: who signs when. Default nobody.
    package let timestamps: TimestampSettings?
    /// `sinks`: where records are carried to. Default none.
    package var sinks: [SinkSettings] = []
    /// `redact`: places in arguments and results that are never kept. Default none; secrets are never kept anyway.
    package let redactions: [RedactionRule]
    /// `outcome_of_reads`: whether the answer of a tool of class `read` waits until its outcome is durable, `before_reply` or
    /// `next_batch`. Default before_reply: what was answered is on record, whatever happens next.
    package let outcomeOfReads: OutcomeOrder
    /// `payload_key`: the program that gives the key of arguments and results, in place of the file `keys/payload.key`.
    package let payloadKey: KeyCommandSettings?
    /// `retention`: when the log is closed and the next one begins, and how long closed ones are kept. Default never, for ever.
    package let retention: RetentionSettings
}

/// What the gateway takes at most. Keys under `limits`.
package struct LimitSettings: Hashable, Sendable {
    /// `request_bytes`: 1KiB to 64MiB. Default 4MiB.
    package let requestBytes: Int
    /// `response_bytes`: 1KiB to 256MiB. Default 16MiB.
    package let responseBytes: Int
    /// `header_bytes`: 1KiB to 256KiB. Default 16KiB.
    package let headerBytes: Int
    /// `concurrent_calls`: 1 to 100000. Default 1024.
    package let concurrentCalls: Int
    /// `connections`: 1 to 100000. Default 1024.
    package let connections: Int
    /// `sessions`: 1 to 1000000. Default 10000.
    package let sessions: Int
}
