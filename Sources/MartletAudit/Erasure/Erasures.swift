package import MartletCore
import MartletJSON

/// The erasures and holds of a log, as its records tell them, leaf by leaf, in order.
package struct Erasures: Sendable {
    /// One erasure, from its first record on.
    package struct Erasure: Hashable, Sendable {
        package let facts: ErasureFacts
        /// The index of `erasure.requested`, or of the record that carries it over from the log before.
        package let requested: UInt64
        /// When it was requested.
        package let requestedAt: UnixTime
        /// The index of `erasure.executed`: the keys are destroyed.
        package fileprivate(set) var executed: UInt64?
        fileprivate(set) var isRefused = false

        fileprivate init(facts: ErasureFacts, requested: UInt64, at: UnixTime, executed: UInt64? = nil) {
            (self.facts, self.requested, requestedAt, self.executed) = (facts, requested, at, executed)
        }
    }

    /// Why a key is gone.
    package struct Destruction: Hashable, Sendable {
        package let erasure: String
        /// Of the record that says so.
        package let index: UInt64
        /// False while only the request is recorded: the next start of the gateway finishes it.
        package let isConfirmed: Bool

        /// Told to a reader.
        package var text: String {
            isConfirmed
                ? "key destroyed by erasure \(erasure) at record \(index)"
                : "key destroyed by erasure \(erasure), requested at record \(index), not confirmed yet"
        }
    }

    private var erasures: [String: Erasure] = [:]
    private var keys: [KeyID: String] = [:]
    package private(set) var holds: [String: HoldFacts] = [:]

    package init() {}

    /// Takes the next record; the others are passed over.
    package mutating func take(_ entry: TimelineEntry) {
        switch entry.type {
        case .erasureRequested: requested(entry)
        case .erasureExecuted: executed(entry)
        case .erasureRefused: refused(entry)
        case .holdPlaced: placed(entry)
        case .holdReleased: released(entry)
        case .shardCarried: carried(entry)
        case .callIntent, .callOutcome, .callDenied, .callInDoubt, .listFiltered, .authenticationFailed,
            .approvalRequested, .approvalGranted, .approvalDenied, .approvalExpired, .credentialIssued,
            .credentialRevoked, .sessionOpened, .sessionClosed, .streamOpened, .streamClosed, .upstreamRestarted,
            .upstreamEraChanged, .toolDrift, .grantFirstSeen, .grantExpiring, .grantsInForce, .configurationChanged,
            .auditRead, .sinkLag, .sinkCaughtUp, .callResolved, .alertRaised, .alertAcknowledged,
            .alertClosed, .checkpointWitnessed, .checkpointWitnessLost,
            .checkpointTimestamped, .keyRotated,
            .logOpened, .logClosed, .logGap, .logRecoveredTail,
            .logHeartbeat, .logDegraded, .logRecovered, .clockStep, .shardClosed, .shardOpened, .retentionApplied:
            break
        }
    }

    /// Why the key is gone; nil when no record says that it is.
    package func destruction(of key: KeyID) -> Destruction? {
        guard let id = keys[key], let erasure = erasures[id], !erasure.isRefused else { return nil }
        return Destruction(
            erasure: id, index: erasure.executed ?? erasure.requested, isConfirmed: erasure.executed != nil)
    }

    /// What was requested and neither executed nor refused, the oldest first.
    package var unfinished: [Erasure] {
        erasures.values.filter { $0.executed == nil && !$0.isRefused }.sorted { $0.requested < $1.requested }
    }

    /// What records say is done, the oldest first.
    package var executed: [Erasure] {
        erasures.values.filter { $0.executed != nil }.sorted { $0.requested < $1.requested }
    }

    /// The names of the holds that are on and of the erasures that are done: what the next log must carry over.
    package var standing: Set<String> { Set(holds.keys).union(executed.map(\.facts.id)) }

    /// The holds that cover `subject`.
    package func holds(on subject: Pseudonym) -> [HoldFacts] {
        holds.values.filter { $0.subject == nil || $0.subject == subject }.sorted { $0.id < $1.id }
    }
}

extension Erasures {
    private mutating func requested(_ entry: TimelineEntry) {
        guard let facts = ErasureFacts(entry) else { return }
        erasures[facts.id] = Erasure(facts: facts, requested: entry.index, at: entry.time)
        // A key of two erasures is told by the first that was executed.
        for key in facts.keys where destruction(of: key)?.isConfirmed != true { keys[key] = facts.id }
    }

    private mutating func executed(_ entry: TimelineEntry) {
        guard let facts = ErasureFacts(entry) else { return }
        erasures[facts.id]?.executed = entry.index
    }

    private mutating func refused(_ entry: TimelineEntry) {
        guard let id = entry.text("derived", "erasure") else { return }
        erasures[id]?.isRefused = true
    }

    /// What the log before left: to this one it is as done.
    private mutating func carried(_ entry: TimelineEntry) {
        guard let items = entry.document.member("derived")?.member("items")?.elements else { return }
        for item in items {
            switch item.member("kind")?.string {
            case "hold": if let facts = HoldFacts(carried: item) { holds[facts.id] = facts }
            case "erasure":
                let time = (item.member("t")?.string).flatMap(UnixTime.init(rfc3339:))
                if let facts = ErasureFacts(carried: item), let time { carried(facts, at: entry.index, time) }
            default: break
            }
        }
    }

    private mutating func carried(_ facts: ErasureFacts, at index: UInt64, _ time: UnixTime) {
        var whole = facts
        // One with many keys comes in several items; a start that was cut short has carried it twice.
        let before = erasures[facts.id]?.facts.keys ?? []
        whole.keys = before + Set(facts.keys).subtracting(before).sorted { $0.rawValue < $1.rawValue }
        erasures[facts.id] = Erasure(facts: whole, requested: index, at: time, executed: index)
        for key in facts.keys { keys[key] = facts.id }
    }

    private mutating func placed(_ entry: TimelineEntry) {
        if let facts = HoldFacts(entry) { holds[facts.id] = facts }
    }

    private mutating func released(_ entry: TimelineEntry) {
        if let facts = HoldFacts(entry) { holds[facts.id] = nil }
    }
}

extension ErasureFacts {
    /// Nil for a record that is not one of an erasure.
    init?(_ entry: TimelineEntry) {
        guard let id = entry.text("derived", "erasure"),
            let subject = entry.text("derived", "subject").flatMap({ Pseudonym($0) }), let peer = LocalPeer(entry),
            let keys = entry.document.member("derived")?.member("keys")
        else { return nil }
        self.init(
            id: id, subject: subject, keys: keys.elements.compactMap { $0.string.flatMap { KeyID($0) } },
            quarter: entry.text("derived", "quarter").flatMap { Quarter($0) },
            matter: entry.text("asserted", "case") ?? "", reason: entry.text("asserted", "reason") ?? "", by: peer)
    }
}

extension HoldFacts {
    /// Nil for a record that is not one of a hold.
    init?(_ entry: TimelineEntry) {
        guard let id = entry.text("derived", "hold"), let peer = LocalPeer(entry),
            let isForAll = entry.document.member("derived")?.member("all")?.bool
        else { return nil }
        let subject = entry.text("derived", "subject").flatMap { Pseudonym($0) }
        guard isForAll == (subject == nil) else { return nil }
        self.init(id: id, subject: subject, matter: entry.text("asserted", "case") ?? "", by: peer)
    }
}

extension ErasureFacts {
    fileprivate init?(carried item: JSONValue) {
        guard let id = item.member("erasure")?.string, let peer = LocalPeer(carried: item),
            let subject = (item.member("subject")?.string).flatMap({ Pseudonym($0) }),
            let keys = item.member("keys")?.elements
        else { return nil }
        self.init(
            id: id, subject: subject, keys: keys.compactMap { $0.string.flatMap { KeyID($0) } },
            quarter: (item.member("quarter")?.string).flatMap { Quarter($0) },
            matter: item.member("case")?.string ?? "", reason: "", by: peer)
    }
}

extension HoldFacts {
    fileprivate init?(carried item: JSONValue) {
        guard let id = item.member("hold")?.string, let peer = LocalPeer(carried: item),
            let isForAll = item.member("all")?.bool
        else { return nil }
        let subject = (item.member("subject")?.string).flatMap { Pseudonym($0) }
        guard isForAll == (subject == nil) else { return nil }
        self.init(id: id, subject: subject, matter: item.member("case")?.string ?? "", by: peer)
    }
}

extension LocalPeer {
    fileprivate init?(carried item: JSONValue) {
        guard let user = (item.member("uid")?.integer).flatMap(UInt32.init(exactly:)),
            let process = (item.member("pid")?.integer).flatMap(Int32.init(exactly:))
        else { return nil }
        self.init(user: user, process: process)
    }

    fileprivate init?(_ entry: TimelineEntry) {
        guard let user = entry.integer("verified", "uid").flatMap(UInt32.init(exactly:)),
            let process = entry.integer("verified", "pid").flatMap(Int32.init(exactly:))
        else { return nil }
        self.init(user: user, process: process)
    }
}
