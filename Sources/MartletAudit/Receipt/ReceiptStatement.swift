import MartletJSON
package import MartletTransparency
import Synchronization

/// What every receipt says about the log: its name and its newest checkpoint, written once for each checkpoint.
///
/// The checkpoint is older than the record that the receipt names: the one that covers it is signed about a second
/// later. Source: docs/adr/0025.
package final class ReceiptStatement: Sendable {
    private let members: Mutex<WrittenMembers>

    package init(_ checkpoint: Checkpoint) { members = Mutex(Self.members(of: checkpoint)) }

    /// From now on receipts name this checkpoint.
    package func state(_ checkpoint: Checkpoint) {
        let written = Self.members(of: checkpoint)
        members.withLock { $0 = written }
    }

    /// The members that a receipt gets when the record it is about is durable.
    func members(for leaf: RecordedLeaf) -> [UInt8] {
        var writer = JSONWriter(capacity: 320)
        writer.field("index", leaf.index)
        writer.field("leafHash", leaf.hash.description)
        writer.members(members.withLock { $0 })
        return writer.bytes
    }

    private static func members(of checkpoint: Checkpoint) -> WrittenMembers {
        WrittenMembers { writer in
            writer.field("origin", checkpoint.origin)
            writer.group("checkpoint") { writer in
                writer.field("size", checkpoint.size)
                writer.field("root", checkpoint.root.description)
            }
        }
    }
}
