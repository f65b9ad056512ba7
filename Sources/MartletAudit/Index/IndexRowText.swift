import MartletCore
import MartletJSON
import MartletTransparency

/// Rows of the index as they are printed. Every value is escaped: names come from strangers.
extension IndexRow {
    /// With the names behind pseudonyms, to be printed.
    package func named(by names: NameReader) -> IndexRow {
        var row = self
        for column in IndexColumn.people + [.source] {
            if let text = texts[column] { row.texts[column] = names.text(text) }
        }
        if let actors = texts[.actors] {
            row.texts[.actors] = actors.split(separator: " ", omittingEmptySubsequences: false)
                .map { names.text(String($0)) }.joined(separator: " ")
        }
        return row
    }

    /// One line for a person.
    package var line: String {
        let target = [self[.upstream], self[.tool]].compactMap { $0 }.joined(separator: "/")
        let who = [self[.agent], self[.user].map { "for \($0)" }].compactMap { $0 }.joined(separator: " ")
        let named: [(String, IndexColumn)] = [
            ("status", .status), ("stage", .stage), ("grant", .grant), ("approval", .approval), ("by", .approver),
            ("of", .target), ("call", .call),
        ]
        let rest = named.compactMap { name, column in self[column].map { "\(name) \($0)" } }
        let decision = intent == nil ? self[.decision] ?? "" : ""
        let words = ["#\(index)", time?.rfc3339 ?? "", self[.type] ?? "", decision, target, who] + rest
        return words.filter { !$0.isEmpty }.map { PrintableText.escaped($0.bounded()) }.joined(separator: "  ")
    }

    /// One JSON object on one line; absent columns have no member.
    package var json: [UInt8] { json(keyGone: nil) }

    /// The same with what is to be told about the key of its sealed values.
    package func json(keyGone: String?) -> [UInt8] {
        var writer = JSONWriter(capacity: 768)
        writer.beginObject()
        writer.field("index", index)
        writer.field("t", time)
        for column in IndexColumn.allCases {
            if let text = self[column] { writer.member(column.name, string: text) }
        }
        if let latency { writer.field("latency_us", latency) }
        if let intent { writer.field("prev", intent) }
        if let keyGone { writer.field("sealed_key", keyGone) }
        writer.member("leaf_hash", string: "sha256:" + Hex.encode(hash.bytes))
        writer.endObject()
        return PrintableText.escaped(json: writer.bytes)
    }
}

extension IndexColumn {
    /// The name in JSON output.
    fileprivate var name: String { self == .grant ? "grant" : rawValue }
}
