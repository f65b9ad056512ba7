package import MartletCore
import MartletJSON

/// Everything that a credential, an agent or a grant did or tried, added up. Pure; fed record by record in order.
package struct BlastRadius: Sendable {
    /// What happened at one tool.
    package struct Target: Sendable {
        package var permitted = 0
        /// By reason.
        package var refused: [String: Int] = [:]
        /// By outcome.
        package var outcomes: [String: Int] = [:]
        package var mayHaveRun = 0
        package var inDoubt = 0
        /// Of the calls that may have run.
        package var amounts = AmountSum()
    }

    package private(set) var targets: [String: Target] = [:]
    package private(set) var agents: Set<String> = []
    package private(set) var users: Set<String> = []
    package private(set) var sources: Set<String> = []
    package private(set) var others: [String: Int] = [:]
    package private(set) var count = 0
    package private(set) var revocations: [IndexRow] = []
    package private(set) var afterRevocation: (permitted: Int, refused: Int) = (0, 0)
    package private(set) var failedLogins: [String: Int] = [:]
    private var first: IndexRow?
    private var last: IndexRow?
    /// Intents whose end has not been seen: at most as many as calls were in flight at once.
    private var open: [UInt64: String] = [:]

    package init() {}
    package var isEmpty: Bool { count == 0 }

    /// Withdrawals of what is asked about; before the other records.
    package mutating func take(revocation: IndexRow) { revocations.append(revocation) }

    package mutating func take(_ row: IndexRow, mayHaveRun: Bool) {
        count += 1
        if first == nil { first = row }
        last = row
        if let agent = row[.agent] { agents.insert(agent) }
        if let user = row[.user] { users.insert(user) }
        if let source = row[.source] { sources.insert(source) }
        let name = [row[.upstream], row[.tool]].compactMap { $0 }.joined(separator: "/")
        let isAfter = revocations.contains { $0.index < row.index }
        switch row[.type].flatMap(RecordType.init(rawValue:)) {
        case .callIntent:
            targets[name, default: Target()].permitted += 1
            open[row.index] = name
            if isAfter { afterRevocation.permitted += 1 }
        case .callDenied:
            targets[name, default: Target()].refused[row[.status] ?? "?", default: 0] += 1
            if isAfter { afterRevocation.refused += 1 }
        case .callOutcome, .callInDoubt: close(row, name, mayHaveRun)
        default: others[row[.type] ?? "?", default: 0] += 1
        }
    }

    private mutating func close(_ row: IndexRow, _ name: String, _ mayHaveRun: Bool) {
        if let intent = row.intent { open[intent] = nil }
        if row[.type] == RecordType.callInDoubt.rawValue {
            targets[name, default: Target()].inDoubt += 1
        } else {
            targets[name, default: Target()].outcomes[row[.status] ?? "?", default: 0] += 1
        }
        if mayHaveRun { targets[name, default: Target()].mayHaveRun += 1 }
    }

    /// The amount of a call that may have run; nil when it cannot be read.
    package mutating func take(amount: Decimal?, currency: String?, of row: IndexRow) {
        let name = [row[.upstream], row[.tool]].compactMap { $0 }.joined(separator: "/")
        targets[name, default: Target()].amounts.add(amount, currency)
    }

    /// Requests that were refused at the door in the same time: they name no credential.
    package mutating func take(failedLogins count: Int, reason: String) {
        failedLogins[reason, default: 0] += count
    }

    /// Intents without an end, by tool.
    package var withoutOutcome: [String: Int] { open.values.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
}

extension BlastRadius {
    /// For a person. What was asked about is `name`.
    package func text(_ name: String) -> String {
        var lines = ["\(name)  \(count) records" + span]
        lines.append("agents      " + listed(agents) + "  [verified]")
        lines.append(
            "users       " + (users.isEmpty ? "not known: no token named one" : listed(users) + "  [verified]"))
        lines.append("addresses   " + (sources.isEmpty ? "not known" : listed(sources) + "  [observed]"))
        for (name, target) in targets.sorted(by: { $0.key < $1.key }) { lines += text(name, target) }
        if !others.isEmpty { lines.append("other       " + counts(others)) }
        lines.append("revoked     " + revoked)
        if !failedLogins.isEmpty {
            let total = failedLogins.values.reduce(0, +)
            lines.append(
                "not known   whether it was used in \(total) refused logins of this time, which name no credential: "
                    + counts(failedLogins))
        }
        return lines.map(PrintableText.escaped).joined(separator: "\n")
    }

    private func text(_ name: String, _ target: Target) -> [String] {
        let refused = target.refused.values.reduce(0, +)
        var lines = [
            "\(name.isEmpty ? "(no tool)" : name)  permitted \(target.permitted), may have run \(target.mayHaveRun), "
                + "in doubt \(target.inDoubt), refused \(refused)  [derived]"
        ]
        if !target.outcomes.isEmpty { lines.append("    outcomes  \(counts(target.outcomes))  [observed]") }
        if !target.refused.isEmpty { lines.append("    refused   \(counts(target.refused))  [derived]") }
        if let open = withoutOutcome[name] { lines.append("    not known how \(open) ended: no outcome is recorded") }
        if target.amounts.count > 0 {
            lines.append(
                "    amounts   \(target.amounts.text) in \(target.amounts.count) calls that may have run  [observed]")
        }
        if target.amounts.unread > 0 { lines.append("    not known the amounts of \(target.amounts.unread) calls") }
        return lines
    }

    private var span: String {
        guard let first, let last else { return "" }
        return ", \(first.index) at \(first.time?.rfc3339 ?? "?") to \(last.index) at \(last.time?.rfc3339 ?? "?")"
    }

    private var revoked: String {
        guard !revocations.isEmpty else { return "no record says so  [observed]" }
        let moments = revocations.map { "\($0.time?.rfc3339 ?? "?") (record \($0.index))" }.joined(separator: ", ")
        return "\(moments); after that \(afterRevocation.permitted) calls permitted, "
            + "\(afterRevocation.refused) refused  [verified]"
    }

    private func listed(_ names: Set<String>) -> String {
        names.isEmpty ? "not known" : names.sorted().prefix(64).joined(separator: ", ")
    }

    private func counts(_ counts: [String: Int]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    /// For programs: one object.
    package func json(_ name: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 2048)
        writer.beginObject()
        writer.field("of", name)
        writer.field("records", count)
        if let first, let last {
            writer.field("first", first.index)
            writer.field("last", last.index)
        }
        writer.texts("agents", agents.sorted())
        writer.texts("users", users.sorted())
        writer.texts("addresses", sources.sorted())
        writer.key("targets")
        writer.beginObject()
        for (name, target) in targets.sorted(by: { $0.key < $1.key }) {
            writer.target(name, target, withoutOutcome[name])
        }
        writer.endObject()
        writer.counts("other", others)
        writer.key("revoked")
        writer.beginArray()
        for row in revocations { writer.number(row.index) }
        writer.endArray()
        writer.field("permitted_after_revocation", afterRevocation.permitted)
        writer.field("refused_after_revocation", afterRevocation.refused)
        writer.counts("refused_logins_without_credential", failedLogins)
        writer.endObject()
        return PrintableText.escaped(json: writer.bytes)
    }
}

extension JSONWriter {
    fileprivate mutating func counts(_ key: StaticString, _ counts: [String: Int]) {
        group(key) { writer in
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) { writer.member(name, int: count) }
        }
    }

    fileprivate mutating func target(_ name: String, _ target: BlastRadius.Target, _ open: Int?) {
        key(name)
        beginObject()
        field("permitted", target.permitted)
        field("may_have_run", target.mayHaveRun)
        field("in_doubt", target.inDoubt)
        field("without_outcome", open ?? 0)
        counts("outcomes", target.outcomes)
        counts("refused", target.refused)
        if target.amounts.count > 0 { field("amounts", target.amounts.text) }
        field("amounts_not_known", target.amounts.unread)
        endObject()
    }
}
