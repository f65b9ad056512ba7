/// The texts of one row, a place for each column.
package struct IndexTexts: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    private static let columns = IndexColumn.allCases
    private static let places = Dictionary(
        uniqueKeysWithValues: columns.enumerated().map { ($0.element, $0.offset) })
    private static let inherited = IndexColumn.inherited.compactMap { places[$0] }

    /// In the order of the columns: a row is read and written from one end to the other, and looked into seldom.
    package private(set) var values: [String?]

    /// The text that each column has.
    package init<Failure>(_ text: (IndexColumn) throws(Failure) -> String?) throws(Failure) {
        values = []
        values.reserveCapacity(Self.columns.count)
        for column in Self.columns { values.append(try text(column)) }
    }

    package init(dictionaryLiteral elements: (IndexColumn, String)...) {
        values = Array(repeating: nil, count: Self.columns.count)
        for (column, text) in elements { self[column] = text }
    }

    package subscript(column: IndexColumn) -> String? {
        get { Self.places[column].flatMap { values[$0] } }
        set { if let place = Self.places[column] { values[place] = newValue } }
    }

    /// The columns that have a text.
    package var named: [IndexColumn] { zip(Self.columns, values).compactMap { $1 == nil ? nil : $0 } }

    /// What the record that closes an intent takes over from it.
    mutating func inherit(from intent: IndexTexts) {
        for place in Self.inherited where values[place] == nil { values[place] = intent.values[place] }
    }
}
