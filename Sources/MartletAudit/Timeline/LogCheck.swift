import MartletCore
import MartletJSON

/// A rule that the records of a sound log keep among each other. Raw values stand in output: never renamed.
package enum LogRule: String, Hashable, Sendable, CaseIterable {
    case readable = "leaf_is_readable"
    case outcomeHasIntent = "outcome_refers_to_intent_of_same_call"
    case oneOutcome = "one_outcome_per_intent"
    case oneIntent = "one_intent_per_call_and_round"
    case deniedIsNotSent = "denied_call_has_no_outcome"
    case approvalRequestedFirst = "ruling_follows_its_request"
    case approvalGranted = "used_approval_was_granted_before"
    case approvalUnambiguous = "approval_has_one_ruling"
    case fourEyes = "approver_is_not_the_requester"
    case sameBinding = "used_approval_is_for_this_call"
    case inTime = "approval_used_before_its_end"
    case singleUse = "approval_used_once"
    case streamEndHasOpening = "stream_end_refers_to_its_opening"
    case oneStreamEnd = "one_end_per_stream"
    case streamEndsInTime = "stream_ends_before_the_log_closes"
}

/// One place where a log breaks a rule.
package struct LogFinding: Hashable, Sendable {
    package let rule: LogRule
    package let index: UInt64
    package let text: String
}

/// Checks what the tree cannot: whether the records make sense together. Reads the log once, leaf by leaf, in order.
///
/// An intent without an outcome is no finding, nor is a stream without an end while the gateway runs; `openIntents` and
/// `openStreams` have those. A ruling recorded twice with equal content is
/// none either: after a crash between a record and the note of it, it is written again.
package struct LogCheck: Sendable {
    package private(set) var findings: [LogFinding] = []
    package private(set) var openIntents = OpenIntents()
    package private(set) var openStreams = OpenStreams()
    private var intents: [UInt64: Intent] = [:]
    private var latest: [CallRound: UInt64] = [:]
    private var approvals: [String: Approval] = [:]

    private struct Intent {
        var call: CallID
        var isClosed = false
        var isDenied = false
    }
    private struct CallRound: Hashable {
        var call: CallID
        var round: Int64
    }
    private struct Approval {
        var wasRequested = false
        var granted: TimelineEntry?
        var usedBy: UInt64?
    }

    package init() {}

    package mutating func take(_ leaf: [UInt8], at index: UInt64) {
        do {
            let entry = try TimelineEntry(leaf: leaf, index: index)
            openIntents.take(entry)
            check(entry)
        } catch {
            findings.append(LogFinding(rule: .readable, index: index, text: error.reason))
        }
    }

    private mutating func check(_ entry: TimelineEntry) {
        switch entry.type {
        case .callIntent: intent(entry)
        case .callOutcome, .callInDoubt: closing(entry)
        case .callDenied: denial(entry)
        case .approvalRequested: approvals[entry.approvalID ?? "", default: Approval()].wasRequested = true
        case .approvalGranted: granted(entry)
        case .approvalDenied, .approvalExpired: ruled(entry)
        case .streamOpened: openStreams.opened(entry)
        case .streamClosed: streamEnd(entry)
        case .logOpened: openStreams.began()
        case .logClosed: stop(entry)
        case .logGap: openStreams.gap(entry)
        case .listFiltered, .authenticationFailed, .credentialIssued, .credentialRevoked, .sessionOpened,
            .sessionClosed, .upstreamRestarted, .upstreamEraChanged, .toolDrift, .grantFirstSeen, .grantExpiring,
            .grantsInForce, .configurationChanged, .auditRead, .logRecoveredTail:
            break
        }
    }

    private mutating func find(_ rule: LogRule, _ entry: TimelineEntry, _ text: String) {
        findings.append(LogFinding(rule: rule, index: entry.index, text: text))
    }
}

// MARK: Streams

extension LogCheck {
    private mutating func streamEnd(_ entry: TimelineEntry) {
        let opening = entry.integer("observed", "opened") ?? -1
        switch openStreams.closed(entry) {
        case .fits: break
        case .hasEnded: find(.oneStreamEnd, entry, "the stream of record \(opening) has ended before")
        case .neverOpened: find(.streamEndHasOpening, entry, "record \(opening) opens no such stream")
        }
    }

    private mutating func stop(_ entry: TimelineEntry) {
        for opening in openStreams.stopped() {
            find(.streamEndsInTime, entry, "the stream of record \(opening) has no end")
        }
    }
}

// MARK: Calls

extension LogCheck {
    private mutating func intent(_ entry: TimelineEntry) {
        guard let call = entry.call else { return }
        let round = CallRound(call: call, round: entry.document.member("round")?.integer ?? 0)
        if let earlier = latest[round] { find(.oneIntent, entry, "record \(earlier) is an intent of the same call") }
        latest[round] = entry.index
        intents[entry.index] = Intent(call: call)
        if let approval = entry.approval { use(approval, entry) }
    }

    private mutating func closing(_ entry: TimelineEntry) {
        guard let index = entry.intent, let intent = intents[index], intent.call == entry.call else {
            return find(.outcomeHasIntent, entry, "record \(entry.intent ?? 0) is no intent of this call")
        }
        if intent.isClosed { find(.oneOutcome, entry, "intent \(index) has its outcome already") }
        if intent.isDenied { find(.deniedIsNotSent, entry, "intent \(index) was denied, nothing was sent") }
        intents[index]?.isClosed = true
    }

    private mutating func denial(_ entry: TimelineEntry) {
        guard let call = entry.call else { return }
        let round = CallRound(call: call, round: entry.document.member("round")?.integer ?? 0)
        guard let index = latest[round] else { return }
        guard entry.stage == DenialStage.audit.rawValue, intents[index]?.isClosed == false else {
            return find(.deniedIsNotSent, entry, "record \(index) is an intent of the same call")
        }
        intents[index]?.isDenied = true
    }
}

// MARK: Approvals

extension LogCheck {
    private mutating func ruled(_ entry: TimelineEntry) {
        guard approvals[entry.approvalID ?? ""]?.wasRequested == true else {
            return find(.approvalRequestedFirst, entry, "no request of \(entry.approvalID ?? "?") stands before it")
        }
        guard entry.type == .approvalDenied, let granted = approvals[entry.approvalID ?? ""]?.granted else { return }
        find(.approvalUnambiguous, entry, "record \(granted.index) grants the same approval")
    }

    private mutating func granted(_ entry: TimelineEntry) {
        ruled(entry)
        if entry.requesters.contains(where: { isSamePerson($0, entry.approver ?? "") }) {
            find(.fourEyes, entry, "\(entry.approver ?? "?") asked for it")
        }
        guard let id = entry.approvalID else { return }
        guard let earlier = approvals[id]?.granted else {
            approvals[id, default: Approval()].granted = entry
            return
        }
        if !isSameRuling(earlier, entry) {
            find(.approvalUnambiguous, entry, "record \(earlier.index) is another ruling of \(id)")
        }
    }

    private mutating func use(_ approval: JSONValue, _ entry: TimelineEntry) {
        guard let id = approval.member("id")?.string, let granted = approvals[id]?.granted else {
            return find(.approvalGranted, entry, "no record grants \(approval.member("id")?.string ?? "?") before it")
        }
        if let earlier = approvals[id]?.usedBy { find(.singleUse, entry, "record \(earlier) has used \(id)") }
        approvals[id]?.usedBy = entry.index
        if granted.text("derived", "binding") != approval.member("binding")?.string {
            find(.sameBinding, entry, "record \(granted.index) grants another call")
        }
        let names = approval.member("approvers")?.elements.compactMap(\.string) ?? []
        if names.count != 1 || names.first != granted.approver {
            find(.approvalGranted, entry, "record \(granted.index) names another approver")
        }
        if entry.requesters.contains(where: { isSamePerson($0, granted.approver ?? "") }) {
            find(.fourEyes, entry, "\(granted.approver ?? "?") made the call")
        }
        if let end = granted.moment("derived", "expires"), entry.time >= end {
            find(.inTime, entry, "\(id) ended at \(end.rfc3339)")
        }
    }

    /// Without regard to ASCII case, as the approval itself compares.
    private func isSamePerson(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8) { fold($0) == fold($1) }
    }

    private func fold(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private func isSameRuling(_ left: TimelineEntry, _ right: TimelineEntry) -> Bool {
        left.approver == right.approver && left.text("observed", "decided_t") == right.text("observed", "decided_t")
            && left.text("derived", "binding") == right.text("derived", "binding")
    }
}
