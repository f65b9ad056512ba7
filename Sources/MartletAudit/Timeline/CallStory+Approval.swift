import MartletCore
import MartletJSON

/// The fifth question: was an approval required, and is it in the log?
extension CallStory {
    var approval: Answer {
        switch opening.type {
        case .callIntent: opening.approval.map(used) ?? notRequired
        case .callDenied: opening.decision == "approval_required" ? waiting : refused
        case .callOutcome, .callInDoubt, .listFiltered, .authenticationFailed, .approvalRequested, .approvalGranted,
            .approvalDenied, .approvalExpired, .credentialIssued, .credentialRevoked, .sessionOpened, .sessionClosed,
            .streamOpened, .streamClosed, .upstreamRestarted, .upstreamEraChanged, .toolDrift, .grantFirstSeen,
            .grantExpiring, .grantsInForce,
            .configurationChanged, .auditRead, .sinkLag, .sinkCaughtUp, .callResolved, .alertRaised, .alertAcknowledged,
            .alertClosed, .checkpointWitnessed,
            .checkpointWitnessLost,
            .checkpointTimestamped, .keyRotated, .erasureRequested, .erasureExecuted, .erasureRefused, .holdPlaced,
            .holdReleased, .logOpened,
            .logClosed, .logGap, .logRecoveredTail,
            .logHeartbeat, .logDegraded, .logRecovered, .clockStep, .shardClosed,
            .shardOpened, .shardCarried, .retentionApplied:
            Answer("not stated", .notStated)
        }
    }

    private var notRequired: Answer {
        Answer(
            "not required by grant \(opening.grant ?? "?")", .verified,
            "policy \(opening.text("derived", "policy") ?? "?")")
    }

    private func used(_ approval: JSONValue) -> Answer {
        let id = approval.member("id")?.string ?? "?"
        let names = approval.member("approvers")?.elements.compactMap(\.string).joined(separator: ", ") ?? "?"
        let start = "required; \(id) granted by \(names)"
        guard let record = grantedRecord(for: approval) else {
            return Answer(
                "\(start); the record of that approval is not among those read", .notStated, "the intent alone")
        }
        let decided = record.text("observed", "decided_t") ?? record.time.rfc3339
        let seconds = record.moment("observed", "decided_t").map { opening.time.seconds(since: $0) } ?? 0
        let text = "\(start) at \(decided), \(seconds) s before, used by this call"
        return Answer(text, .verified, "record \(record.index)")
    }

    /// The granting record that stands before the intent and is bound to the same call by the same person.
    private func grantedRecord(for approval: JSONValue) -> TimelineEntry? {
        let approvers = approval.member("approvers")?.elements.compactMap(\.string) ?? []
        return approvals.first { record in
            record.type == .approvalGranted && record.index < opening.index
                && record.approver.map(approvers.contains) == true
                && record.text("derived", "binding") == approval.member("binding")?.string
        }
    }

    private var waiting: Answer {
        let id = opening.approvalID ?? "no ticket"
        let start = "required; this attempt was answered with \(id)"
        guard let last = approvals.last(where: { $0.type != .approvalRequested }) else {
            return Answer("\(start), no decision is recorded", .verified, approvals.first.map { "record \($0.index)" })
        }
        let person = last.approver.map { " by \($0)" } ?? ""
        let word = last.type.rawValue.drop { $0 != "." }.dropFirst()
        return Answer("\(start), which was \(word)\(person)", .verified, "record \(last.index)")
    }

    private var refused: Answer {
        guard opening.stage != DenialStage.approval.rawValue else {
            return Answer("required and not given: \(opening.reason ?? "?")", .verified, opening.approvalID)
        }
        return Answer("the call was refused before that question", .notStated)
    }
}
