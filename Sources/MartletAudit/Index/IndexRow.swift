package import MartletCore
package import MartletJSON
package import MartletTransparency

/// What the index holds of one record: a pure function of its leaf, and for the end of a call also of its intent.
package struct IndexRow: Hashable, Sendable {
    package let index: UInt64
    /// Nil for a leaf that cannot be read.
    package let time: UnixTime?
    package internal(set) var texts: IndexTexts
    /// From dispatch to the end, in microseconds.
    package let latency: Int64?
    /// The intent that the record closes.
    package let intent: UInt64?
    /// Of the leaf, as the tree has it: what is shown is read from the log again and compared with this.
    package let hash: MerkleHash

    package init(
        index: UInt64, time: UnixTime?, texts: IndexTexts, latency: Int64?, intent: UInt64?, hash: MerkleHash
    ) {
        self.index = index
        self.time = time
        self.texts = texts
        self.latency = latency
        self.intent = intent
        self.hash = hash
    }

    /// The row of a leaf. One that is no record of this release keeps its place under the type `unreadable`.
    package init(leaf: [UInt8], index: UInt64, hash: MerkleHash) {
        self.init(leaf: leaf, read: JSONValue.reading(leaf), index: index, hash: hash)
    }

    /// The same of a leaf that was parsed before.
    package init(leaf: [UInt8], read document: Result<JSONValue, JSONError>, index: UInt64, hash: MerkleHash) {
        do throws(LeafError) {
            self.init(try TimelineEntry(leaf: leaf, read: document, index: index), hash: hash)
        } catch {
            self.init(
                index: index, time: nil, texts: [.type: Self.unreadable, .status: error.reason], latency: nil,
                intent: nil, hash: hash)
        }
    }

    init(_ entry: TimelineEntry, hash: MerkleHash) {
        index = entry.index
        time = entry.time
        latency = entry.integer("observed", "latency_us")
        intent = entry.intent
        self.hash = hash
        texts = IndexTexts { entry.text(of: $0).map(Self.storable) }
    }

    /// A NUL would end the text in SQLite.
    private static func storable(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{2400}" : $0 }))
    }

    package static let unreadable = "unreadable"
    package subscript(column: IndexColumn) -> String? { texts[column] }

    /// The row of an outcome or a doubt, with what its intent says of who called what.
    package func closing(_ intent: IndexRow) -> IndexRow {
        guard intent.index == self.intent, intent[.call] == self[.call] else { return self }
        var row = self
        row.texts.inherit(from: intent.texts)
        return row
    }
}

extension TimelineEntry {
    fileprivate func text(of column: IndexColumn) -> String? {
        switch column {
        case .type: type.rawValue
        case .call: call?.rawValue
        case .environment: environment
        case .agent: agent
        case .user: user
        case .actors: actors
        case .approver: approver
        case .target: text("derived", "subject")
        case .role: role
        case .model: model?.name
        case .modelSource: model?.group
        case .upstream: upstream
        case .tool: subject
        case .grant: grant
        case .decision: decision
        case .stage: stage
        case .policy: text("derived", "policy")
        case .approval: approvalID
        case .credential: credential("digest")
        case .token: credential("jti")
        case .trace: text("asserted", "traceparent")
        case .sealed: commitments
        case .status: outcome ?? reason
        case .source: text("observed", "src") ?? integer("verified", "uid").map { "uid:\($0)" }
        }
    }

    private var commitments: String? {
        if let one = document.member("sealed")?.member("commitment")?.string { return one }
        let digests = document.member("_sd")?.elements.compactMap(\.string) ?? []
        return digests.isEmpty ? nil : digests.joined(separator: " ")
    }

    private var actors: String? {
        let list = document.member("verified")?.member("actors") ?? document.member("derived")?.member("subjects")
        let names = list?.elements.compactMap(\.string) ?? []
        return names.isEmpty ? nil : " " + names.joined(separator: " ") + " "
    }

    private var model: (name: String, group: String)? {
        for group: StaticString in ["verified", "observed", "asserted"] {
            guard let name = document.member(group)?.member("model")?.member("name")?.string else { continue }
            return (name, "\(group)")
        }
        return nil
    }

    private func credential(_ key: StaticString) -> String? {
        document.member("verified")?.member("cred")?.member(key)?.string ?? text("derived", key)
    }
}
