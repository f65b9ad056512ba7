import MartletJSON

/// Whether each permitted call was permitted by what was in force, as the newest whole `grants.in_force` states it.
///
/// Each start states it before its first call. A run that did not, of an older version, is not judged.
struct AuthorityRules: Sendable {
    private struct Statement {
        var grants: [String: Grant] = [:]
        var policies: Set<String> = []
        var policy: String?
    }
    private struct Grant {
        let role, upstream, subject, end: String
        let requiresApproval: Bool

        init(_ item: JSONValue) {
            role = item.member("role")?.string ?? ""
            upstream = item.member("upstream")?.string ?? ""
            subject = item.member("tool")?.string ?? ""
            end = item.member("expires")?.string ?? ""
            requiresApproval = item.member("approvers") != nil
        }

        func covers(_ wanted: String) -> Bool {
            let below = "resources below "
            // What is longer than a statement holds is not judged.
            guard subject.utf8.count < 1024 else { return true }
            guard subject.hasPrefix(below) else { return subject == wanted }
            return wanted.hasPrefix("resource " + subject.dropFirst(below.count))
        }
    }

    private var parts: [JSONValue] = []
    private var current: Statement?

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        switch record.type {
        case "log.opened": (parts, current) = ([], nil)
        case "grants.in_force": part(record)
        case "call.intent": if let current { judge(record, current, &breaches) }
        default: break
        }
    }

    private mutating func part(_ record: LogRecord) {
        let number = record.value("derived", "part")?.integer ?? 0
        if number == 1 { parts = [] }
        guard number == Int64(parts.count) + 1, let derived = record.document.member("derived") else { return }
        parts.append(derived)
        guard number == derived.member("parts")?.integer else { return }
        var statement = Statement()
        statement.policy = derived.member("policy")?.string
        for item in parts.flatMap({ $0.member("items").map { Array($0.elements) } ?? [] }) {
            let id = item.member("id")?.string ?? ""
            switch item.member("kind")?.string {
            case "grant": statement.grants[id] = Grant(item)
            case "policy": statement.policies.insert(id)
            default: break
            }
        }
        (current, parts) = (statement, [])
    }

    private func judge(_ record: LogRecord, _ statement: Statement, _ breaches: inout [Breach]) {
        if let policy = statement.policy, record.text("derived", "policy") != policy {
            breaches.append(Breach(.policyInForce, "it was decided by another policy than \(policy)"))
        }
        // A request about a task stands under the grant of the call that began it, which may have ended since.
        guard let id = record.grant, record.taskOf == nil, !statement.policies.contains(id) else { return }
        guard let grant = statement.grants[id] else {
            breaches.append(Breach(.grantInForce, "no grant \(id) was in force"))
            return
        }
        if grant.role != record.text("derived", "role") || grant.upstream != record.text("observed", "upstream")
            || !grant.covers(record.subject ?? "")
        {
            let whole = "\(grant.role), \(grant.upstream) and \(grant.subject)"
            breaches.append(Breach(.grantInForce, "grant \(id) is for \(whole)"))
        }
        if let end = RecordMoment(grant.end), let time = record.time, time >= end.afterDecision {
            breaches.append(Breach(.grantNotExpired, "grant \(id) ended at \(grant.end)"))
        }
        if grant.requiresApproval, record.approval == nil {
            breaches.append(Breach(.approvalWhereRequired, "grant \(id) requires an approval"))
        }
    }
}
