import MartletCore
import MartletJSON

/// A report as it is printed. Every value is escaped: names, arguments and results come from strangers.
extension CallReport {
    /// For a person: one line for each fact, then the differences, then the records it rests on.
    package func text(width: Int = 2000) -> String {
        let opening = story.opening
        var lines = ["call \(story.call.rawValue)  \(opening.time.rfc3339)  \(opening.node)  \(opening.environment)"]
        for fact in facts {
            let source = [fact.answer.strength == .notStated ? nil : fact.answer.strength.rawValue, fact.answer.basis]
                .compactMap { $0 }.joined(separator: ": ")
            let label = fact.name + String(repeating: " ", count: max(1, 12 - fact.name.utf8.count))
            lines.append(label + fact.answer.text.bounded(to: width) + (source.isEmpty ? "" : "  [\(source)]"))
        }
        for change in diff?.changes ?? [] {
            let before = change.approved ?? "nothing"
            lines.append("            \(change.path): approved \(before), tried \(change.tried ?? "nothing")")
        }
        if let omitted = diff?.omitted, omitted > 0 { lines.append("            and \(omitted) more") }
        let records = records.map { "#\($0.index) \($0.type.rawValue)" }.joined(separator: ", ")
        lines.append("records     " + records)
        return lines.map(PrintableText.escaped).joined(separator: "\n")
    }

    /// For programs: one object on one line.
    package func json(_ values: SealedValues) -> [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.beginObject()
        writer.field("kind", "call")
        writer.field("call", story.call.rawValue)
        writer.field("dispatched", story.wasDispatched)
        writer.group("facts") { writer in
            for fact in facts {
                writer.key(fact.name)
                writer.beginObject()
                writer.field("text", fact.answer.text)
                writer.field("strength", fact.answer.strength.rawValue)
                if let basis = fact.answer.basis { writer.field("basis", basis) }
                writer.endObject()
            }
        }
        if let diff { writer.changes(diff) }
        writer.key("records")
        writer.beginArray()
        for record in records { writer.record(record, values) }
        writer.endArray()
        writer.endObject()
        return PrintableText.escaped(json: writer.bytes)
    }

    var records: [TimelineEntry] { story.records }
}

extension JSONWriter {
    fileprivate mutating func changes(_ diff: ArgumentDiff) {
        key("changes")
        beginArray()
        for change in diff.changes {
            beginObject()
            field("path", change.path)
            if let approved = change.approved { field("approved", approved) }
            if let tried = change.tried { field("tried", tried) }
            endObject()
        }
        endArray()
        if diff.omitted > 0 { field("changes_omitted", diff.omitted) }
    }

    /// A record as it stands, with what it seals when that can be opened.
    mutating func record(_ entry: TimelineEntry, _ values: SealedValues) {
        beginObject()
        field("index", entry.index)
        key("leaf")
        value(entry.document)
        names(of: entry, values.names)
        if case .opened(let values) = values.open(entry) {
            key("opened")
            value(values)
        }
        endObject()
    }
}
