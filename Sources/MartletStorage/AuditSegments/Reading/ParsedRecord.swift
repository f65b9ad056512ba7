package import MartletJSON

/// One record of a log with its leaf parsed.
package struct ParsedRecord: Sendable {
    package let record: SegmentRecord
    /// Or why the leaf is no JSON.
    package let document: Result<JSONValue, JSONError>

    init(_ record: SegmentRecord) {
        self.record = record
        document = JSONValue.reading(record.leaf)
    }

    package var index: UInt64 { record.index }
    package var leaf: [UInt8] { record.leaf }
    package var payload: [UInt8]? { record.payload }
}
