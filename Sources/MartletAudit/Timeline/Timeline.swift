import MartletCore

/// The log as an investigator reads it: calls with their answers, and the events between them.
///
/// It reads what is there and believes nothing: what it says of a record is what the record says. Whether the records
/// agree with each other is the question of `LogCheck`, whether they are the ones that were written that of the tree.
package struct Timeline: Sendable {
    package enum Item: Sendable {
        case call(CallStory)
        case event(TimelineEntry)

        package var index: UInt64 {
            switch self {
            case .call(let story): story.opening.index
            case .event(let entry): entry.index
            }
        }
    }

    /// What is known of a call that is not shown: enough to tell its other records from those of nobody.
    private struct Unshown {
        let index: UInt64
        let round: Int64
        var isClosed = false
        var isDenied = false
    }

    package private(set) var unreadable: [LeafError] = []
    /// What the log says of destroyed keys, whatever the filter.
    package private(set) var erasures = Erasures()
    private let filter: TimelineFilter
    private var stories: [CallID: CallStory] = [:]
    private var unshown: [CallID: Unshown] = [:]
    private var events: [TimelineEntry] = []
    private var approvals: [String: [TimelineEntry]] = [:]

    /// Keeps only what `filter` may show, so that one call of a large log does not need the memory of all of them.
    package init(for filter: TimelineFilter = TimelineFilter()) { self.filter = filter }

    /// Records that are held in memory.
    var count: Int { stories.count + events.count }

    /// Takes the next leaf; in the order of the log.
    package mutating func take(_ leaf: [UInt8], at index: UInt64) {
        do {
            let entry = try TimelineEntry(leaf: leaf, index: index)
            erasures.take(entry)
            add(entry)
        } catch {
            unreadable.append(error)
        }
    }

    /// What the filter admits, in the order of the log. An event beside the calls belongs to a call when that is asked
    /// for alone and the event is about its approval; what was asked about its task belongs to it in the same way.
    package func items() -> [Item] {
        let calls = stories.values.filter { shows($0.opening) }
        let named = filter.call.flatMap { stories[$0]?.opening.approvalID }
        let others = events.filter { entry in
            let isWanted =
                filter.call == nil || entry.call == filter.call || (named != nil && entry.approvalID == named)
            return isWanted && filter.admits(entry)
        }
        let items = calls.map { Item.call(joined($0)) } + others.map(Item.event)
        return items.sorted { $0.index < $1.index }
    }

    private mutating func add(_ entry: TimelineEntry) {
        switch entry.type {
        case .callIntent, .callDenied: open(entry)
        case .callOutcome, .callInDoubt: close(entry)
        case .callResolved: resolve(entry)
        case .approvalRequested, .approvalGranted, .approvalDenied, .approvalExpired:
            if let id = entry.approvalID { approvals[id, default: []].append(entry) }
            keep(entry)
        case .listFiltered, .authenticationFailed, .credentialIssued, .credentialRevoked, .sessionOpened,
            .sessionClosed, .streamOpened, .streamClosed, .upstreamRestarted, .upstreamEraChanged, .toolDrift,
            .grantFirstSeen,
            .grantExpiring, .grantsInForce, .configurationChanged, .auditRead, .sinkLag, .sinkCaughtUp, .alertRaised,
            .alertAcknowledged, .alertClosed,
            .checkpointWitnessed,
            .checkpointWitnessLost, .checkpointTimestamped, .keyRotated, .erasureRequested, .erasureExecuted,
            .erasureRefused, .holdPlaced, .holdReleased,
            .logOpened, .logClosed, .logGap, .logRecoveredTail,
            .logHeartbeat, .logDegraded, .logRecovered, .clockStep, .shardClosed,
            .shardOpened, .shardCarried, .retentionApplied:
            keep(entry)
        }
    }

    private mutating func open(_ entry: TimelineEntry) {
        guard let call = entry.call else { return }
        // A later round of the call is told by itself; only a denial of the same round is about this opening.
        let isDenial = entry.type == .callDenied
        if let story = stories[call] {
            guard isDenial, story.denial == nil, entry.round == story.opening.round else { return keep(entry) }
            stories[call]?.denial = entry
        } else if let other = unshown[call] {
            guard isDenial, !other.isDenied, entry.round == other.round else { return keep(entry) }
            unshown[call]?.isDenied = true
        } else if shows(entry) || call == filter.call {
            stories[call] = CallStory(call: call, opening: entry)
        } else {
            unshown[call] = Unshown(index: entry.index, round: entry.round)
        }
    }

    private mutating func close(_ entry: TimelineEntry) {
        guard let call = entry.call else { return keep(entry) }
        if let story = stories[call], story.opening.index == entry.intent, story.closing == nil {
            stories[call]?.closing = entry
        } else if let other = unshown[call], other.index == entry.intent, !other.isClosed {
            unshown[call]?.isClosed = true
        } else {
            keep(entry)
        }
    }

    /// The newest word counts; one about another record is told by itself.
    private mutating func resolve(_ entry: TimelineEntry) {
        guard let call = entry.call, let doubt = stories[call]?.closing, doubt.type == .callInDoubt,
            entry.integer("derived", "record") == Int64(exactly: doubt.index)
        else { return keep(entry) }
        stories[call]?.resolution = entry
    }

    /// Whether the call that this entry opens is one to show.
    private func shows(_ opening: TimelineEntry) -> Bool {
        (filter.call == nil || opening.call == filter.call || opening.taskOf == filter.call) && filter.admits(opening)
    }

    /// Which events belong to a call that is asked for alone is known at the end: those of any approval are kept.
    private mutating func keep(_ event: TimelineEntry) {
        let mayBelong = filter.call == nil || event.call == filter.call || event.approvalID != nil
        if mayBelong, filter.admits(event) { events.append(event) }
    }

    private func joined(_ story: CallStory) -> CallStory {
        var story = story
        story.approvals = story.opening.approvalID.flatMap { approvals[$0] } ?? []
        return story
    }
}
