/// The transitive closure of "is in" over entity types or actions.
struct Hierarchy<Node: Hashable & Comparable> {
    private(set) var ancestors: [Node: Set<Node>] = [:]
    private(set) var descendants: [Node: Set<Node>] = [:]

    /// Follows `parents` from every node; nil when there are more than `limit` pairs. Cycles are no problem.
    init?(_ parents: [Node: [Node]], limit: Int) {
        var pairs = 0
        for node in parents.keys {
            var found: Set<Node> = []
            var open = parents[node] ?? []
            while let next = open.popLast() {
                guard found.insert(next).inserted else { continue }
                pairs += 1
                guard pairs <= limit else { return nil }
                open.append(contentsOf: parents[next] ?? [])
            }
            ancestors[node] = found
            for ancestor in found { descendants[ancestor, default: []].insert(node) }
        }
    }

    /// The first node that is in itself; nil when there is none.
    var cyclic: Node? { ancestors.filter { $0.value.contains($0.key) }.keys.min() }
}
