/// An answer before its record: what will be sent, not yet allowed to leave.
package struct ResponseDraft: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Where in `body` the open receipt ends, before its closing brace; nil when the answer has none.
    package var receipt: Int?

    package init(
        status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [], receipt: Int? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.receipt = receipt
    }

    /// Adds members to the receipt, which has some. What follows it is a few closing braces: nothing is parsed or moved.
    mutating func complete(with members: [UInt8]) {
        guard let place = receipt, body.indices.contains(place) else { return }
        let rest = Array(body[place...])
        body.removeSubrange(place...)
        body.reserveCapacity(place + 1 + members.count + rest.count)
        body.append(UInt8(ascii: ","))
        body.append(contentsOf: members)
        body.append(contentsOf: rest)
        receipt = nil
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
    /// Proofs that a caller's own record stands in the log.
    case proof
    /// Answers of a witness, which keeps no log of its own.
    case cosignature
}
