import MartletCore
import MartletJSON

/// A record that is about no call, as it is printed.
package struct EventReport {
    package let entry: TimelineEntry
    private let values: SealedValues

    package init(_ entry: TimelineEntry, _ values: SealedValues) {
        self.entry = entry
        self.values = values
    }

    /// The record whose sealed values could be opened, if so.
    package var opened: [UInt64] {
        if case .opened = values.open(entry) { [entry.index] } else { [] }
    }

    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 2048)
        writer.beginObject()
        writer.field("kind", "event")
        writer.key("records")
        writer.beginArray()
        writer.record(entry, values)
        writer.endArray()
        writer.endObject()
        return PrintableText.escaped(json: writer.bytes)
    }

    /// One line for each fact, under the group that says how it is known.
    package var text: String {
        var lines = ["record \(entry.index)  \(entry.time.rfc3339)  \(entry.type.rawValue)  \(entry.node)"]
        for fact in facts {
            lines.append("\(fact.name)  \(fact.text)" + (fact.group.isEmpty ? "" : "  [\(fact.group)]"))
        }
        return lines.map(PrintableText.escaped).joined(separator: "\n")
    }

    /// Each member of the groups, and the sealed values: what, and which group says so.
    var facts: [(name: String, text: String, group: String)] {
        var facts: [(name: String, text: String, group: String)] = []
        if entry.type == .authenticationFailed {
            facts.append(("who", "not known: nobody proved who they are", AnswerStrength.notStated.rawValue))
        }
        let told = entry.named(by: values.names)
        for group in ["verified", "asserted", "observed", "derived"] {
            guard let members = told.document[group]?.members else { continue }
            for (key, value) in members { facts.append((key, shown(value), group)) }
        }
        switch values.open(entry) {
        case .none: break
        case .opened(let values): facts.append(("sealed", shown(values), "observed"))
        case .sealed(let key): facts.append(("sealed", "not known here: under \(key), which is not at hand", ""))
        case .erased(_, let destruction): facts.append(("sealed", "not known any more: \(destruction.text)", ""))
        case .keyMissing(let key):
            facts.append(("sealed", "not known: under \(key), which is missing, unexplained", ""))
        case .missing: facts.append(("sealed", "not known: committed to, but not stored", ""))
        case .contradicts:
            facts.append(("sealed", "not known: what is stored is not what the record commits to", ""))
        }
        return facts
    }

    private func shown(_ value: JSONValue) -> String {
        value.string ?? String(decoding: value.serialized(), as: UTF8.self).bounded(to: 2000)
    }
}
