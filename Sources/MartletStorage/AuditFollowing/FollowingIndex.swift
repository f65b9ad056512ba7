/// The index as a running gateway keeps it: opened at the first step, made anew when it is damaged, tried again after a
/// failure.
struct FollowingIndex {
    /// How long it waits after a failure, in milliseconds.
    private static let pause: Int64 = 2000
    /// Leaves of one transaction: few, so that who searches does not wait long for the next one.
    private static let group = 256

    private let path: String
    private let log: String
    private var index: AuditIndex?
    private var mustRebuild = false
    private var notBefore: Int64 = 0
    /// Nil when no arguments are declared.
    private var arguments: FollowingArguments?
    /// Leaves that the index holds.
    private(set) var size: UInt64 = 0
    /// Why it does not follow; nil while it does.
    private(set) var failure: String?

    init(path: String, log: String, arguments: ArgumentSource? = nil) {
        self.path = path
        self.log = log
        self.arguments = arguments.map(FollowingArguments.init)
    }

    /// Whether it stands where its size says, and the next step goes on from there.
    var isFollowing: Bool { index != nil }

    /// Takes over one group of leaves below `end`, and gives them; none when there are none, or it cannot.
    mutating func step(below end: UInt64) -> [ReadLeaf] {
        guard index == nil || size < end, Monotonic.milliseconds >= notBefore else { return [] }
        do throws(IndexError) {
            if index?.isReplaced == true { close() }
            if index == nil { index = try opened() }
            guard let (leaves, size) = try index?.takeGroup(Self.group) else { return [] }
            self.size = size
            failure = leaves.isEmpty && size < end ? index?.obstacle.map { "\($0)" } : nil
            return leaves
        } catch {
            mustRebuild = error.asksForRebuild
            failure = "\(error)"
            notBefore = Monotonic.milliseconds + Self.pause
            close()
            return []
        }
    }

    /// Why declared arguments are not indexed; nil while they are.
    var argumentFailure: String? { arguments?.failure }

    /// Opens some declared arguments; whether there were records to look at.
    mutating func stepArguments() -> Bool {
        guard let index, let hasMore = arguments?.step(index, size: size) else { return false }
        if arguments?.asksForRebuild == true {
            mustRebuild = true
            close()
        }
        return hasMore
    }

    mutating func close() {
        index?.close()
        index = nil
    }

    private mutating func opened() throws(IndexError) -> AuditIndex {
        let index =
            try mustRebuild ? AuditIndex.rebuilt(path: path, log: log) : AuditIndex.open(path: path, log: log)
        mustRebuild = false
        arguments?.restart()
        if arguments == nil { try index.forgetArguments() }
        return index
    }
}
