/// How the audit log is kept.
package struct SegmentSettings: Sendable {
    /// The unique name of the log in its checkpoints, without spaces and plus signs: `martlet/<environment>/<node>`.
    package var origin: String
    /// Where the keys that sign checkpoints are; in the directory of the log when nil.
    package var keyDirectory: String?
    /// Where the head of the log is kept, best on another volume; none is kept when nil (ADR-0029).
    package var headDirectory: String?
    /// Size of a segment file in bytes. Default 64 MiB: a new one every 100,000 calls or so, made in half a second.
    package var segmentBytes = 64 << 20
    /// Segments made ahead. They are also the runway when the disk is full. Default 2.
    package var spareSegments = 2
    /// Appends that may wait. The last quarter is kept for essential entries. Default 8,192.
    package var queueEntries = 8192
    /// Bytes that may wait. Default 64 MiB.
    package var queueBytes = 64 << 20
    /// Shortest time between two checkpoints, and between two attempts to make a spare segment, in milliseconds.
    package var upkeepMilliseconds: Int32 = 1000

    package init(origin: String) { self.origin = origin }
}
