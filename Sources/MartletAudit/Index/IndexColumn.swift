/// What can be asked of a record, each as text. Raw values are columns of the index and keys of JSON output.
///
/// Source: ADR-0021.
package enum IndexColumn: String, Hashable, Sendable, CaseIterable {
    /// The type of the record, or `unreadable` for a leaf that is none.
    case type
    case call
    case environment = "env"
    case agent
    case user
    /// The delegation chain, or everybody whose credentials were revoked by one name: names separated by one space, with one in front and one behind.
    case actors
    /// Who decided an approval.
    case approver
    /// Whose credential was issued or revoked.
    case target
    case role
    case model
    /// The provenance group that names the model: `verified`, `observed` or `asserted`.
    case modelSource = "model_how"
    case upstream
    /// The tool by its name; `prompt <name>` and `resource <uri>` for the others.
    case tool
    case grant = "grant_id"
    case decision
    case stage
    case policy
    case approval
    /// Digest of the credential that was used, or that the record is about.
    case credential
    /// The token id (`jti`) of the same credential.
    case token
    case trace
    /// The commitments to the sealed arguments or result. Salted: equal arguments have different ones.
    case sealed
    /// How it ended or why it was refused: the outcome, else the reason.
    case status
    case source = "src"
}

extension IndexColumn {
    /// Columns that name somebody.
    package static let people: [IndexColumn] = [.agent, .user, .approver, .target]

    /// What the record that closes an intent takes over from it, so that an outcome is found by who called what.
    package static let inherited: [IndexColumn] = [
        .agent, .user, .actors, .role, .model, .modelSource, .upstream, .tool, .grant, .decision, .policy, .approval,
        .credential, .token, .trace, .source,
    ]
}
