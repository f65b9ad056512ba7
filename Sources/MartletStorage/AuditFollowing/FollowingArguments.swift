/// The blind index as a running gateway keeps it, behind the index: tried again after a failure.
struct FollowingArguments {
    /// How long it waits after a failure, in milliseconds.
    private static let pause: Int64 = 2000
    /// Records of one transaction: opening them costs more than reading them.
    private static let group = 64

    private let source: ArgumentSource
    private var notBefore: Int64 = 0
    /// The size of the index to whose end it went.
    private var done: UInt64?
    /// Why it does not follow; nil while it does.
    private(set) var failure: String?
    /// Whether the index is not what the log says.
    private(set) var asksForRebuild = false

    init(_ source: ArgumentSource) { self.source = source }

    /// Opens the arguments of some records; whether there were any to look at. `size` is that of the index.
    mutating func step(_ index: AuditIndex, size: UInt64) -> Bool {
        guard done != size, Monotonic.milliseconds >= notBefore else { return false }
        do throws(IndexError) {
            let hasMore = try index.takeArguments(Self.group, from: source)
            (failure, asksForRebuild) = (nil, false)
            done = hasMore ? nil : size
            return hasMore
        } catch {
            (failure, asksForRebuild) = ("\(error)", error.asksForRebuild)
            notBefore = Monotonic.milliseconds + Self.pause
            return false
        }
    }

    /// Begins to look again, in an index that was made anew.
    mutating func restart() { done = nil }
}
