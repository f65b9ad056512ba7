import MartletJSON

/// Request, ruling and use of an approval.
struct ApprovalRules: Sendable {
    private struct Approval {
        var wasRequested = false
        var granted: Ruling?
        var usedBy: UInt64?
    }
    private struct Ruling {
        let index: UInt64
        let approver: String?
        let decided: String?
        let binding: String?
        let end: String?

        init(_ record: LogRecord) {
            index = record.index
            approver = record.approver
            decided = record.text("observed", "decided_t")
            binding = record.text("derived", "binding")
            end = record.text("derived", "expires")
        }

        func isSame(as other: Ruling) -> Bool {
            approver == other.approver && decided == other.decided && binding == other.binding
        }
    }

    private var approvals: Recent<String, Approval>

    init(memory: Int?) { approvals = Recent(limit: memory) }

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        switch record.type {
        case "approval.requested":
            let id = record.approvalID ?? ""
            if approvals[id] == nil { approvals.set(Approval(), for: id) }
            approvals.update(id) { $0.wasRequested = true }
        case "approval.granted": granted(record, &breaches)
        case "approval.denied", "approval.expired": ruled(record, &breaches)
        case "call.intent": if let approval = record.approval { use(approval, record, &breaches) }
        default: break
        }
    }

    private func ruled(_ record: LogRecord, _ breaches: inout [Breach]) {
        let id = record.approvalID ?? "?"
        guard let approval = approvals[id], approval.wasRequested else {
            breaches.append(Breach(.approvalRequestedFirst, "no request of \(id) stands before it"))
            return
        }
        guard record.type == "approval.denied", let granted = approval.granted else { return }
        breaches.append(Breach(.approvalUnambiguous, "record \(granted.index) grants the same approval"))
    }

    private mutating func granted(_ record: LogRecord, _ breaches: inout [Breach]) {
        ruled(record, &breaches)
        if record.requesters.contains(where: { isSamePerson($0, record.approver ?? "") }) {
            breaches.append(Breach(.fourEyes, "\(record.approver ?? "?") asked for it"))
        }
        guard let id = record.approvalID else { return }
        let ruling = Ruling(record)
        if let earlier = approvals[id]?.granted {
            guard !earlier.isSame(as: ruling) else { return }
            breaches.append(Breach(.approvalUnambiguous, "record \(earlier.index) is another ruling of \(id)"))
            return
        }
        if approvals[id] == nil { approvals.set(Approval(), for: id) }
        approvals.update(id) { $0.granted = ruling }
    }

    private mutating func use(_ approval: JSONValue, _ record: LogRecord, _ breaches: inout [Breach]) {
        let id = approval.member("id")?.string ?? "?"
        guard let granted = approvals[id]?.granted else {
            breaches.append(Breach(.approvalGranted, "no record grants \(id) before it"))
            return
        }
        if let earlier = approvals[id]?.usedBy {
            breaches.append(Breach(.singleUse, "record \(earlier) has used \(id)"))
        }
        approvals.update(id) { $0.usedBy = record.index }
        if granted.binding != approval.member("binding")?.string {
            breaches.append(Breach(.sameBinding, "record \(granted.index) grants another call"))
        }
        let names = approval.member("approvers")?.elements.compactMap(\.string) ?? []
        if names.count != 1 || names.first != granted.approver {
            breaches.append(Breach(.approvalGranted, "record \(granted.index) names another approver"))
        }
        if record.requesters.contains(where: { isSamePerson($0, granted.approver ?? "") }) {
            breaches.append(Breach(.fourEyes, "\(granted.approver ?? "?") made the call"))
        }
        if let text = granted.end, let end = RecordMoment(text), let time = record.time, time >= end.afterDecision {
            breaches.append(Breach(.inTime, "\(id) ended at \(text)"))
        }
    }
}
