import MartletMCP
import Synchronization

/// Whether an upstream has said that its tools are others than those it listed last.
///
/// Two counts, because a list that is under way may be from before: it answers for what was said until it was asked for.
final class ToolNews: Sendable {
    private let said = Atomic<Int>(0)
    private let answered = Atomic<Int>(0)

    func note(_ change: Change) {
        if change == .list(.tools) { said.add(1, ordering: .sequentiallyConsistent) }
    }

    /// What a list that is asked for now answers for.
    var mark: Int { said.load(ordering: .sequentiallyConsistent) }

    /// The list that was asked for at `mark` is complete.
    func listed(since mark: Int) { answered.store(mark, ordering: .sequentiallyConsistent) }

    var isPending: Bool { answered.load(ordering: .relaxed) != said.load(ordering: .relaxed) }
}
