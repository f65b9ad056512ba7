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

    package private(set) var unreadable: [LeafError] = []
    private var stories: [CallID: CallStory] = [:]
    private var events: [TimelineEntry] = []
    private var approvals: [String: [TimelineEntry]] = [:]

    package init() {}

    /// Takes the next leaf; in the order of the log.
    package mutating func take(_ leaf: [UInt8], at index: UInt64) {
        do {
            add(try TimelineEntry(leaf: leaf, index: index))
        } catch {
            unreadable.append(error)
        }
    }

    /// What `filter` admits, in the order of the log. An event beside the calls belongs to a call when that is asked
    /// for alone and the event is about its approval; what was asked about its task belongs to it in the same way.
    package func items(_ filter: TimelineFilter = TimelineFilter()) -> [Item] {
        let calls = stories.values.filter { story in
            (filter.call == nil || story.call == filter.call || story.opening.taskOf == filter.call)
                && filter.admits(story.opening)
        }
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
        case .approvalRequested, .approvalGranted, .approvalDenied, .approvalExpired:
            if let id = entry.approvalID { approvals[id, default: []].append(entry) }
            events.append(entry)
        case .listFiltered, .authenticationFailed, .credentialIssued, .credentialRevoked, .sessionOpened,
            .sessionClosed, .streamOpened, .streamClosed, .upstreamRestarted, .upstreamEraChanged, .toolDrift,
            .grantFirstSeen,
            .grantExpiring, .configurationChanged,
            .logOpened, .logClosed, .logGap, .logRecoveredTail:
            events.append(entry)
        }
    }

    private mutating func open(_ entry: TimelineEntry) {
        guard let call = entry.call else { return }
        guard stories[call] != nil else {
            stories[call] = CallStory(call: call, opening: entry)
            return
        }
        // A later round of the call is told by itself; only a denial of the same round is about this opening.
        guard entry.type == .callDenied, stories[call]?.denial == nil, entry.round == stories[call]?.opening.round
        else { return events.append(entry) }
        stories[call]?.denial = entry
    }

    private mutating func close(_ entry: TimelineEntry) {
        guard let call = entry.call, let story = stories[call], story.opening.index == entry.intent,
            story.closing == nil
        else { return events.append(entry) }
        stories[call]?.closing = entry
    }

    private func joined(_ story: CallStory) -> CallStory {
        var story = story
        story.approvals = story.opening.approvalID.flatMap { approvals[$0] } ?? []
        return story
    }
}
