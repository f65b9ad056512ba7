/// Values by key.
public struct Record: Hashable, Sendable {
    /// A key and its value.
    public struct Field: Hashable, Sendable {
        /// The key.
        public let key: Text
        /// The value.
        public let value: Value

        /// Creates a field.
        public init(key: Text, value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// The fields, by the order of the keys' bytes.
    public let fields: [Field]

    /// Creates a record; of several fields with one key the last one counts.
    public init(_ fields: some Sequence<Field>) {
        let given = Array(fields)
        guard !Self.isSorted(given) else {
            self.fields = given
            return
        }
        var last: [Text: Value] = [:]
        for field in given { last[field.key] = field.value }
        self.fields = last.map { Field(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    }

    /// `{}`
    public static let empty = Record([Field]())

    /// The value of a key; nil when there is none.
    public subscript(key: Text) -> Value? {
        var low = 0
        var high = fields.count
        while low < high {
            let middle = (low + high) / 2
            if fields[middle].key == key { return fields[middle].value }
            if fields[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    private static func isSorted(_ fields: [Field]) -> Bool {
        for index in fields.indices.dropFirst() where !(fields[index - 1].key < fields[index].key) { return false }
        return true
    }
}
