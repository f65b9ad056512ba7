/// An answer before its record: what will be sent, not yet allowed to leave.
package struct ResponseDraft: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The proof that an answer was recorded, or is of a kind that carries no decision (`UnrecordedKind`).
///
/// The listener writes this type and `AuditedPart`, and can write nothing else. Only `AuditLog` makes one.
package struct AuditedResponse: ~Copyable, Sendable {
    package let draft: ResponseDraft
    /// The answer has left in pieces already: nothing is to be written any more.
    package let hasLeft: Bool
    /// More pieces follow after this: the connection belongs to a standing stream until its last one.
    package let goesOn: Bool

    init(_ draft: ResponseDraft, hasLeft: Bool = false, goesOn: Bool = false) {
        self.draft = draft
        self.hasLeft = hasLeft
        self.goesOn = goesOn
    }
}

/// Answers that tell the caller nothing a grant protects and change nothing: they have no record of their own.
package enum UnrecordedKind: Hashable, Sendable, CaseIterable {
    case ping
    case discover
    case health
    case metadata
    case notification
}
