package import MartletCore
package import MartletJSON

/// One record as it is read back: the head checked, the groups at hand.
package struct TimelineEntry: Sendable {
    package let index: UInt64
    package let type: RecordType
    package let id: CallID
    package let call: CallID?
    package let time: UnixTime
    package let node: String
    package let environment: String
    /// The index of the intent that this record closes (`prev`).
    package let intent: UInt64?
    package let leaf: [UInt8]
    package internal(set) var document: JSONValue
    let nonce: [UInt8]

    /// Reads a leaf strictly: version 1, a known type, no unknown member, and every member its type must carry.
    package init(leaf: [UInt8], index: UInt64) throws(LeafError) {
        try self.init(leaf: leaf, read: JSONValue.reading(leaf), index: index)
    }

    /// The same of a leaf that was parsed before.
    package init(leaf: [UInt8], read: Result<JSONValue, JSONError>, index: UInt64) throws(LeafError) {
        let document = try Self.object(leaf, read, index)
        var reader = LeafReader(document, index)
        type = try reader.type()
        id = try reader.identifier("id")
        call = try reader.call(of: type)
        time = try reader.time("t")
        node = try reader.text("node")
        environment = try reader.text("env")
        intent = try reader.intent(of: type)
        nonce = try reader.nonce()
        try reader.requireMembers(of: type)
        self.index = index
        self.leaf = leaf
        self.document = document
    }

    private static func object(
        _ leaf: [UInt8], _ read: Result<JSONValue, JSONError>, _ index: UInt64
    ) throws(LeafError) -> JSONValue {
        guard leaf.count <= AuditEntry.maximumLeafBytes else {
            throw LeafError(index: index, problem: .tooLarge(bytes: leaf.count))
        }
        switch read {
        case .success(let document) where document.kind == .object: return document
        case .success: throw LeafError(index: index, problem: .notJSON("not an object"))
        case .failure(let error): throw LeafError(index: index, problem: .notJSON(error.reason))
        }
    }
}

extension TimelineEntry {
    /// A text of one provenance group.
    package func text(_ group: StaticString, _ key: StaticString) -> String? {
        document.member(group)?.member(key)?.string
    }

    package func integer(_ group: StaticString, _ key: StaticString) -> Int64? {
        document.member(group)?.member(key)?.integer
    }

    func moment(_ group: StaticString, _ key: StaticString) -> UnixTime? {
        text(group, key).flatMap(UnixTime.init(rfc3339:))
    }

    package var agent: String? { text("verified", "agent") }
    package var user: String? { text("verified", "user") }
    package var role: String? { text("derived", "role") }
    package var upstream: String? { text("observed", "upstream") }
    package var tool: String? { text("observed", "tool") }
    /// What a call is about: the tool by its name, anything else with the word for its kind.
    package var subject: String? {
        tool ?? text("observed", "prompt").map { "prompt " + $0 }
            ?? text("observed", "resource").map { "resource " + $0 }
    }
    package var decision: String? { text("derived", "decision") }
    package var stage: String? { text("derived", "stage") }
    package var reason: String? { text("derived", "reason") ?? text("observed", "reason") }
    package var outcome: String? { text("observed", "outcome") }
    /// 0 for the first request of a call, counted up when the upstream asks back.
    var round: Int64 { document.member("round")?.integer ?? 0 }
    var grant: String? { text("derived", "grant") }
    /// Of a request about a task: the call that began it.
    var taskOf: CallID? { text("derived", "task_of").flatMap { CallID($0) } }
    var approver: String? { text("verified", "approver") }

    /// Everybody on the asking side.
    var requesters: [String] {
        let actors = document.member("verified")?.member("actors")?.elements.compactMap(\.string) ?? []
        return [agent, user].compactMap { $0 } + actors
    }

    /// The approval an intent uses, or that the record is about.
    package var approvalID: String? {
        guard let approval = document.member("derived")?.member("approval") else { return nil }
        return approval.string ?? approval.member("id")?.string
    }

    /// Inside an intent: the approval as the intent states it.
    var approval: JSONValue? {
        guard let approval = document.member("derived")?.member("approval"), approval.kind == .object else {
            return nil
        }
        return approval
    }

    /// The commitment to sealed values, and the name of the key they are sealed under.
    package var sealed: SealedReference? {
        guard let key = sealedKey else { return nil }
        if let commitment = document.member("sealed")?.member("commitment")?.string.flatMap({ Digest($0) }) {
            return SealedReference(key: key, form: .whole(commitment))
        }
        guard document.member("_sd_alg")?.isString("sha-256") == true, let digests = document.member("_sd"),
            digests.count > 0
        else { return nil }
        return SealedReference(key: key, form: .disclosures(digests.elements.compactMap(\.string)))
    }

    /// The name of the key alone.
    package var sealedKey: KeyID? { document.member("sealed")?.member("key")?.string.flatMap(KeyID.init) }
}

/// How a leaf commits to values that are sealed beside it.
package struct SealedReference: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
        /// One digest over all of them: releases before ADR-0023.
        case whole(Digest)
        /// The digest of each disclosure, base64url. Source: RFC 9901.
        case disclosures([String])
    }

    package let key: KeyID
    package let form: Form
}
