import MartletJSON

/// One leaf of a whole batch, parsed once for everybody who follows the log.
struct ReadLeaf: Sendable {
    let placed: PlacedLeaf
    /// Or why it is no JSON.
    let document: Result<JSONValue, JSONError>

    var index: UInt64 { placed.place.index }

    init(_ placed: PlacedLeaf) {
        self.placed = placed
        document = JSONValue.reading(placed.leaf)
    }
}
