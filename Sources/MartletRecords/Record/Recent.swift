/// What is remembered of the past: everything, or the newest `limit` keys.
struct Recent<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var values: [Key: Value] = [:]
    /// The keys as they came, only when there is a limit.
    private var order: [Key] = []
    private var oldest = 0
    private let limit: Int?

    init(limit: Int?) { self.limit = limit }

    subscript(key: Key) -> Value? { values[key] }

    /// Calls `change` with the value of a key that is known.
    mutating func update(_ key: Key, _ change: (inout Value) -> Void) {
        if var value = values[key] {
            change(&value)
            values[key] = value
        }
    }

    mutating func set(_ value: Value, for key: Key) {
        let isNew = values.updateValue(value, forKey: key) == nil
        guard let limit, isNew else { return }
        order.append(key)
        guard order.count - oldest > limit else { return }
        values[order[oldest]] = nil
        oldest += 1
        if oldest > limit {
            order.removeFirst(oldest)
            oldest = 0
        }
    }
}
