/// What a heartbeat says of the tree it stands in.
package struct StatedTree: Hashable, Sendable {
    /// Of the heartbeat.
    package let index: UInt64
    /// At most `index`.
    package let size: UInt64
    /// `sha256:<hex>`, as it stands there.
    package let root: String

    init(index: UInt64, size: UInt64, root: String) {
        self.index = index
        self.size = size
        self.root = root
    }
}
