import FoundationEssentials
internal import GRDB
package import MartletAudit
import MartletCore
import MartletTransparency

/// One row of the index, with where its leaf stands.
package struct IndexedRecord: Hashable, Sendable {
    package let row: IndexRow
    package let place: LeafPlace
}

extension IndexedRecord {
    /// The columns in the order of `values`.
    static let columns =
        ["idx", "t", "latency", "intent", "hash", "segment", "position", "bytes", "payload_position", "payload_bytes"]
        + IndexColumn.allCases.map(\.rawValue)

    func values() throws -> [(any DatabaseValueConvertible)?] {
        let fixed: [(any DatabaseValueConvertible)?] = [
            try Self.stored(row.index), row.time?.microseconds, row.latency, try row.intent.map(Self.stored),
            Data(row.hash.bytes), Int64(place.segment), place.offset, place.bytes, place.payload?.offset,
            place.payload?.bytes,
        ]
        return fixed + IndexColumn.allCases.map { row[$0] }
    }

    /// Reads a row; one that could not have been written is an error, never a guess.
    init(_ row: Row) throws {
        let reader = RowReader(row: row)
        let index = try reader.natural(try row.decode(Int64.self, forColumn: "idx"), "idx")
        guard let hash = MerkleHash(bytes: try row.decode(Data.self, forColumn: "hash")),
            let segment = UInt32(exactly: try row.decode(Int64.self, forColumn: "segment"))
        else { throw StateError.corrupted("records.hash") }
        var texts: [IndexColumn: String] = [:]
        for column in IndexColumn.allCases { texts[column] = try reader.textOptional(column.rawValue) }
        self.row = IndexRow(
            index: index, time: try reader.optional("t").map(UnixTime.init(microseconds:)), texts: texts,
            latency: try reader.optional("latency"),
            intent: try reader.optional("intent").map { try reader.natural($0, "intent") }, hash: hash)
        let payload: PayloadPlace? =
            if let offset = try row.decode(Int?.self, forColumn: "payload_position"),
                let bytes = try row.decode(Int?.self, forColumn: "payload_bytes")
            { PayloadPlace(index: index, segment: segment, offset: offset, bytes: bytes) } else { nil }
        place = LeafPlace(
            index: index, segment: segment, offset: try row.decode(Int.self, forColumn: "position"),
            bytes: try row.decode(Int.self, forColumn: "bytes"), payload: payload)
    }

    static func stored(_ number: UInt64) throws -> Int64 {
        guard let value = Int64(exactly: number) else { throw StateError.corrupted("index") }
        return value
    }
}
