import MartletCore

/// Why a key is gone, for who reads a log.
package struct KeyDestruction: Hashable, Sendable {
    package let erasure: String
    /// Of the record that says so.
    package let index: UInt64
    /// The log that has this record; nil when it is the one that is read.
    package let shard: Int?
    /// False while only the request is recorded: the next start of the gateway finishes it.
    package let isConfirmed: Bool

    init(_ destruction: Erasures.Destruction, shard: Int? = nil) {
        (erasure, index) = (destruction.erasure, destruction.index)
        (self.shard, isConfirmed) = (shard, destruction.isConfirmed)
    }

    /// Told to a reader.
    package var text: String {
        let place = "at record \(index)" + (shard.map { " of shard \($0)" } ?? "")
        return isConfirmed
            ? "key destroyed by erasure \(erasure) \(place)"
            : "key destroyed by erasure \(erasure), requested \(place), not confirmed yet"
    }
}

/// What the logs behind a closed one say was erased: a key that it names may be destroyed long after it was closed.
package struct LaterErasures: Sendable {
    private var shards: [(number: Int, erasures: Erasures)] = []

    package init() {}

    /// To be called with the logs in their order.
    package mutating func add(_ erasures: Erasures, of shard: Int) { shards.append((shard, erasures)) }

    /// Whose keys are destroyed.
    var subjects: [Pseudonym] { shards.flatMap { $0.erasures.executed.map(\.facts.subject) } }

    /// Why the key is gone: as `own`, the log that is read, says, else as the first later one that says that it is done.
    func destruction(of key: KeyID, after own: Erasures) -> KeyDestruction? {
        let all =
            [own.destruction(of: key).map { KeyDestruction($0) }]
            + shards.map { shard in shard.erasures.destruction(of: key).map { KeyDestruction($0, shard: shard.number) }
            }
        let told = all.compactMap(\.self)
        return told.first(where: \.isConfirmed) ?? told.first
    }
}
