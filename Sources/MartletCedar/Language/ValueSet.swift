/// A set of values: no order, no repetition.
public struct ValueSet: Sendable {
    /// The values, each once, in the order in which they were first given.
    public let elements: [Value]
    /// For more than a few values: the same, to be found by hash.
    private let index: Set<Value>?

    /// Creates a set; later ones of equal values are dropped.
    public init(_ values: some Sequence<Value>) {
        var elements: [Value] = []
        var index: Set<Value> = []
        for value in values {
            if elements.count < Self.small {
                if elements.contains(value) { continue }
            } else {
                if index.isEmpty { index.formUnion(elements) }
                guard index.insert(value).inserted else { continue }
            }
            elements.append(value)
        }
        self.elements = elements
        self.index = index.isEmpty ? nil : index
    }

    private static let small = 8

    /// Whether there is nothing in it.
    public var isEmpty: Bool { elements.isEmpty }

    /// Whether `value` is in it.
    public func contains(_ value: Value) -> Bool { index?.contains(value) ?? elements.contains(value) }

    /// Whether all values of `other` are in this.
    public func isSuperset(of other: ValueSet) -> Bool {
        other.elements.count <= elements.count && other.elements.allSatisfy(contains)
    }

    /// Whether a value is in both.
    public func intersects(_ other: ValueSet) -> Bool {
        elements.count < other.elements.count
            ? elements.contains(where: other.contains) : other.elements.contains(where: contains)
    }
}

extension ValueSet: Hashable {
    /// Equal when each value of one is in the other.
    public static func == (left: ValueSet, right: ValueSet) -> Bool {
        left.elements.count == right.elements.count && left.isSuperset(of: right)
    }

    /// Does not depend on the order.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for element in elements { sum &+= element.hashValue }
        hasher.combine(sum)
        hasher.combine(elements.count)
    }
}
