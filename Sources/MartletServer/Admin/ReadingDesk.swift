import MartletAudit
import MartletGateway
import MartletJSON

/// Puts on record who is about to be shown what of the log.
struct ReadingDesk: Sendable {
    let audit: AuditLog

    /// `{"command": "search", "filter": "agent=finance-bot", "case": "T-17", "found": 2, "opened_count": 1, "opened": [12]}`; the first 256 are listed.
    func record(_ inbound: InboundRequest) async -> AuditedResponse {
        guard let reader = inbound.peer else {
            return refused(503, "The kernel does not say who reads")
        }
        guard let facts = facts(inbound.body, reader) else {
            return refused(400, "The body is no account of a reading")
        }
        do throws(AuditError) {
            return try await audit.record(
                .auditRead(facts), answering: AdminAnswer.json(200, Array(#"{"recorded":true}"#.utf8)))
        } catch {
            return refused(503, "The reading cannot be recorded")
        }
    }

    private func facts(_ body: [UInt8], _ reader: LocalPeer) -> ReadFacts? {
        do {
            let value = try JSONValue.parse(body)
            guard let command = value.member("command")?.string, let filter = value.member("filter")?.string,
                let found = value.member("found")?.integer.flatMap(Int.init(exactly:)), found >= 0
            else { return nil }
            let opened = value.member("opened")?.elements.compactMap { $0.integer.flatMap(UInt64.init(exactly:)) } ?? []
            let count = value.member("opened_count")?.integer.flatMap(Int.init(exactly:)) ?? opened.count
            return ReadFacts(
                reader: reader, command: command, filter: filter, matter: value.member("case")?.string, found: found,
                opened: opened, openedCount: count)
        } catch {
            return nil
        }
    }

    private func refused(_ status: Int, _ text: String) -> AuditedResponse {
        audit.unrecorded(.metadata, answering: AdminAnswer.problem(status, text))
    }
}
