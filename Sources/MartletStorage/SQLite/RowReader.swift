internal import GRDB
import MartletCore

/// Reads the columns of one row into values that cannot be wrong, and throws where they would be.
struct RowReader {
    let row: Row

    func text(_ column: String) throws -> String { try row.decode(String.self, forColumn: column) }
    func textOptional(_ column: String) throws -> String? { try row.decode(String?.self, forColumn: column) }
    func optional(_ column: String) throws -> Int64? { try row.decode(Int64?.self, forColumn: column) }

    func time(_ column: String) throws -> UnixTime {
        UnixTime(microseconds: try row.decode(Int64.self, forColumn: column))
    }

    func natural(_ number: Int64, _ column: String) throws -> UInt64 {
        guard let value = UInt64(exactly: number) else { throw StateError.corrupted(column) }
        return value
    }

    func parse<Value>(_ column: String, _ make: (String) -> Value?) throws -> Value {
        guard let value = make(try text(column)) else { throw StateError.corrupted(column) }
        return value
    }

    func parseOptional<Value>(_ column: String, _ make: (String) -> Value?) throws -> Value? {
        guard let text = try textOptional(column) else { return nil }
        guard let value = make(text) else { throw StateError.corrupted(column) }
        return value
    }

    /// Words separated by one space; none for the empty text.
    func words<Value>(_ column: String, _ make: (String) -> Value?) throws -> [Value] {
        try text(column).split(separator: " ").map { word in
            guard let value = make(String(word)) else { throw StateError.corrupted(column) }
            return value
        }
    }
}
