internal import GRDB
import MartletApproval
import MartletCore
import MartletPolicy

/// One row of `approvals`, between SQLite's types and ours.
enum ApprovalRow {
    /// Reads a request; a row that no release could have written is an error, never a guess.
    static func request(_ row: Row) throws -> ApprovalRequest {
        let reader = RowReader(row: row)
        return ApprovalRequest(
            ticket: try reader.parse("ticket", TicketID.init), binding: try reader.parse("binding", Digest.init),
            subject: try subject(reader), approvers: Set(try reader.words("approvers", SubjectID.init)),
            opened: try reader.time("opened"), expires: try reader.time("expires"), state: try state(reader),
            leaf: try reader.optional("leaf").map { try reader.natural($0, "leaf") })
    }

    private static func subject(_ reader: RowReader) throws -> ApprovalSubject {
        ApprovalSubject(
            agent: try reader.parse("agent", SubjectID.init), role: try reader.parse("role", RoleName.init),
            user: try reader.parseOptional("user", SubjectID.init), actors: try reader.words("actors", SubjectID.init),
            issuer: try reader.text("issuer"), upstream: try reader.parse("upstream", UpstreamID.init),
            tool: try reader.parse("tool", ToolName.init), arguments: try reader.text("arguments"),
            argumentDigest: try reader.parse("argument_digest", Digest.init),
            grant: try reader.parse("grant_id", GrantID.init),
            policyDigest: try reader.parse("policy_digest", Digest.init))
    }

    private static func state(_ reader: RowReader) throws -> ApprovalState {
        switch try reader.parse("state", ApprovalState.Name.init(rawValue:)) {
        case .pending: .pending
        case .approved: .approved(try ruling(reader))
        case .denied: .denied(try ruling(reader))
        case .expired:
            .expired(
                after: try reader.textOptional("approver") == nil ? nil : try ruling(reader),
                at: try reader.time("expired"))
        case .consumed:
            .consumed(
                try ruling(reader),
                Consumption(call: try reader.parse("call", CallID.init), at: try reader.time("consumed")))
        }
    }

    private static func ruling(_ reader: RowReader) throws -> Ruling {
        Ruling(
            approver: try reader.parse("approver", SubjectID.init), issuer: try reader.text("approver_issuer"),
            credential: try reader.parse("approver_credential", Digest.init), at: try reader.time("ruled"))
    }
}

extension ApprovalRequest {
    /// The columns that never change after the row was inserted.
    var fixedColumns: [(name: String, value: (any DatabaseValueConvertible)?)] {
        [
            ("ticket", ticket.rawValue), ("binding", binding.description), ("agent", subject.agent.rawValue),
            ("role", subject.role.rawValue), ("user", subject.user?.rawValue),
            ("actors", subject.actors.map(\.rawValue).joined(separator: " ")), ("issuer", subject.issuer),
            ("upstream", subject.upstream.rawValue), ("tool", subject.tool.rawValue),
            ("arguments", subject.arguments), ("argument_digest", subject.argumentDigest.description),
            ("grant_id", subject.grant.rawValue), ("policy_digest", subject.policyDigest.description),
            ("approvers", approvers.map(\.rawValue).sorted().joined(separator: " ")),
            ("opened", opened.microseconds), ("expires", expires.microseconds),
        ]
    }

    /// The columns that hold the state.
    func stateColumns() throws -> [(name: String, value: (any DatabaseValueConvertible)?)] {
        let ruling = state.ruling
        var columns: [(name: String, value: (any DatabaseValueConvertible)?)] = [
            ("state", state.name.rawValue), ("approver", ruling?.approver.rawValue),
            ("approver_issuer", ruling?.issuer), ("approver_credential", ruling?.credential.description),
            ("ruled", ruling?.at.microseconds), ("leaf", try leaf.map(storable)),
        ]
        if case .expired(_, let moment) = state { columns.append(("expired", moment.microseconds)) }
        if case .consumed(_, let use) = state {
            columns.append(("call", use.call.rawValue))
            columns.append(("consumed", use.at.microseconds))
        }
        return columns
    }

    private func storable(_ leaf: UInt64) throws -> Int64 {
        guard let number = Int64(exactly: leaf) else { throw StateError.corrupted("approvals.leaf") }
        return number
    }
}
