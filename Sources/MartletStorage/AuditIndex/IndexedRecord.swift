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

    func values() throws -> StatementArguments {
        // Boxed and in one array: the other ways that GRDB offers cost several times as much for each value.
        var values: [(any DatabaseValueConvertible)?] = []
        values.reserveCapacity(Self.columns.count)
        values.append(try Self.stored(row.index))
        values.append(row.time?.microseconds)
        values.append(row.latency)
        values.append(try row.intent.map(Self.stored))
        values.append(Data(row.hash.bytes))
        values.append(Int64(place.segment))
        values.append(place.offset)
        values.append(place.bytes)
        values.append(place.payload?.offset)
        values.append(place.payload?.bytes)
        for text in row.texts.values { values.append(text) }
        return StatementArguments(values)
    }

    /// Reads a row; one that could not have been written is an error, never a guess.
    init(_ row: Row) throws {
        let reader = RowReader(row: row)
        let index = try reader.natural(try row.decode(Int64.self, forColumn: "idx"), "idx")
        guard let hash = MerkleHash(bytes: try row.decode(Data.self, forColumn: "hash")),
            let segment = UInt32(exactly: try row.decode(Int64.self, forColumn: "segment"))
        else { throw StateError.corrupted("records.hash") }
        let texts = try IndexTexts { column throws in try reader.textOptional(column.rawValue) }
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
