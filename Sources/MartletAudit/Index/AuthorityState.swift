package import MartletCore
package import MartletJSON

/// Who may do what, as the newest whole `grants.in_force` at some place of the log says.
package struct AuthorityState: Sendable {
    /// Of the parts of the statement.
    package let records: [UInt64]
    package let set: String
    private let items: [JSONValue]

    /// The newest whole statement among `entries`, which are in any order; nil when there is none.
    ///
    /// A start that was cut short leaves parts behind; it let nobody do anything.
    package init?(newestOf entries: [TimelineEntry]) {
        var parts: [TimelineEntry] = []
        for entry in entries.sorted(by: { $0.index > $1.index }) where entry.type == .grantsInForce {
            if entry.integer("derived", "part") == entry.integer("derived", "parts") { parts = [] }
            parts.append(entry)
            guard Self.isWhole(parts) else { continue }
            records = parts.map(\.index).reversed()
            set = entry.text("derived", "set") ?? ""
            items = parts.reversed().flatMap { part in
                (part.document.member("derived")?.member("items")).map { Array($0.elements) } ?? []
            }
            return
        }
        return nil
    }

    /// From the last part down to the first, all of one statement.
    private static func isWhole(_ parts: [TimelineEntry]) -> Bool {
        guard let count = parts.first?.integer("derived", "parts"), count == Int64(parts.count) else { return false }
        return parts.enumerated().allSatisfy { place, part in
            part.integer("derived", "part") == count - Int64(place)
                && part.text("derived", "set") == parts[0].text("derived", "set")
        }
    }

    private func all(_ kind: String) -> [JSONValue] { items.filter { $0.member("kind")?.string == kind } }

    /// The hand-written policies that decide beside the grants. Their text is not in the log.
    package var policies: [String] { all("policy").compactMap { $0.member("id")?.string } }

    /// Where the amount and the currency of a tool stand; nil when the configuration does not say.
    package func amount(of tool: String, on upstream: String) -> (value: JSONPointer, currency: JSONPointer?)? {
        for grant in all("grant") where Self.isFor(tool, upstream, grant) {
            guard let path = grant.member("amount")?.string, let pointer = JSONPointer(path) else { continue }
            return (pointer, grant.member("currency")?.string.flatMap { JSONPointer($0) })
        }
        return nil
    }

    /// Everybody who could call `tool`, and everything that speaks against it. `revoked` are withdrawals before the moment.
    package func answer(
        tool: String, upstream: String?, at time: UnixTime, revoked: [Withdrawal]
    ) -> AuthorityAnswer {
        var answer = AuthorityAnswer(policies: policies)
        for grant in all("grant") where Self.isFor(tool, upstream, grant) {
            let id = grant.member("id")?.string ?? "?"
            guard let end = grant.member("expires")?.string.flatMap(UnixTime.init(rfc3339:)), time < end else {
                answer.excluded.append("grant \(id) had ended at \(grant.member("expires")?.string ?? "?")")
                continue
            }
            let role = grant.member("role")?.string ?? "?"
            for agent in all("agent") where agent.member("role")?.string == role {
                let name = agent.member("id")?.string ?? "?"
                if let record = revoked.first(where: { $0.subjects.contains(name) }) {
                    answer.excluded.append("\(name) was revoked at \(record.time.rfc3339) (record \(record.index))")
                } else {
                    answer.could.append(AuthorityAnswer.Could(agent: name, issuer: agent.member("iss")?.string, grant))
                }
            }
            for issuer in all("issuer") {
                let name = issuer.member("iss")?.string ?? "?"
                let claim = issuer.member("role_claim")?.string ?? "?"
                let words = "anybody whose token of \(name) has \(claim) \(role)"
                answer.could.append(AuthorityAnswer.Could(agent: words, issuer: nil, grant))
            }
        }
        return answer
    }

    private static func isFor(_ tool: String, _ upstream: String?, _ grant: JSONValue) -> Bool {
        guard upstream == nil || grant.member("upstream")?.string == upstream,
            let subject = grant.member("tool")?.string
        else { return false }
        let below = "resources below "
        guard subject.hasPrefix(below) else { return subject == tool }
        return tool.hasPrefix("resource " + subject.dropFirst(below.count))
    }
}

/// Who could have called a tool.
package struct AuthorityAnswer: Sendable {
    package struct Could: Sendable {
        package let agent: String
        package let issuer: String?
        package let role, upstream, tool, grant, expires: String
        package let scope: [String]
        /// Nil when no approval was required.
        package fileprivate(set) var approvers: [String]?

        init(agent: String, issuer: String?, _ statement: JSONValue) {
            self.agent = agent
            self.issuer = issuer
            role = statement.member("role")?.string ?? "?"
            upstream = statement.member("upstream")?.string ?? "?"
            tool = statement.member("tool")?.string ?? "?"
            grant = statement.member("id")?.string ?? "?"
            expires = statement.member("expires")?.string ?? "?"
            scope = statement.member("scope")?.elements.compactMap(\.string) ?? []
            approvers = statement.member("approvers")?.elements.compactMap(\.string)
        }
    }

    package internal(set) var could: [Could] = []
    /// Who or what would have been there, and why not.
    package internal(set) var excluded: [String] = []
    package let policies: [String]
}

extension AuthorityAnswer {
    /// With the names behind pseudonyms, to be printed.
    package func named(by names: NameReader) -> AuthorityAnswer {
        var answer = self
        for place in answer.could.indices {
            answer.could[place].approvers = could[place].approvers?.map(names.text).sorted()
        }
        return answer
    }

    package var text: String {
        var lines = could.map { could in
            let issuer = could.issuer.map { " (\($0))" } ?? ""
            let scope = could.scope.isEmpty ? "no limits of the grant" : "within " + could.scope.joined(separator: ", ")
            let approval = could.approvers.map { "after approval by one of \($0.joined(separator: ", "))" }
            return [
                could.agent + issuer, "role \(could.role)", "\(could.upstream)/\(could.tool)", "grant \(could.grant)",
                scope, approval ?? "without approval", "until \(could.expires)",
            ].joined(separator: "  ")
        }
        lines += excluded.map { "not: \($0)" }
        if could.isEmpty { lines.insert("nobody, by the grants in force", at: 0) }
        if !policies.isEmpty {
            lines.append(
                "not known: what the hand-written policies \(policies.joined(separator: ", ")) add or forbid; "
                    + "their text is not in the log")
        }
        return lines.map(PrintableText.escaped).joined(separator: "\n")
    }

    /// Members of an object that is open.
    package func write(to writer: inout JSONWriter) {
        writer.key("could")
        writer.beginArray()
        for could in could {
            writer.beginObject()
            writer.field("agent", could.agent)
            if let issuer = could.issuer { writer.field("issuer", issuer) }
            writer.field("role", could.role)
            writer.field("upstream", could.upstream)
            writer.field("tool", could.tool)
            writer.field("grant", could.grant)
            writer.field("expires", could.expires)
            writer.texts("scope", could.scope)
            if let approvers = could.approvers { writer.texts("approvers", approvers) }
            writer.endObject()
        }
        writer.endArray()
        writer.texts("not", excluded)
        writer.texts("policies_not_known", policies)
    }
}

extension JSONWriter {
    mutating func texts(_ key: StaticString, _ texts: [String]) {
        self.key(key)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
