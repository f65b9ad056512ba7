import MartletCore
import MartletJSON

/// A timeline for people: one paragraph per call, one line per event. Every value in it is escaped.
package struct TimelineText {
    private let values: SealedValues
    /// The longest answer that is printed whole, in bytes.
    private let width: Int

    package init(_ values: SealedValues, width: Int = 2000) {
        self.values = values
        self.width = width
    }

    package func text(_ item: Timeline.Item) -> String {
        switch item {
        case .call(let story): text(story)
        case .event(let entry): text(entry)
        }
    }

    package func text(_ error: LeafError) -> String {
        "#\(error.index)  unreadable: \(PrintableText.escaped(error.reason))\n"
    }

    private func text(_ story: CallStory) -> String {
        let answers = story.answers(values)
        let opening = story.opening
        let target = [opening.upstream, opening.subject].compactMap { $0 }.joined(separator: "/")
        let task = opening.taskOf.map { "\(opening.text("observed", "method") ?? "?") of call \($0)" } ?? ""
        var lines = [head(opening, [opening.decision ?? "?", target, "call \(story.call)", task])]
        lines.append(line("who", answers.who))
        lines.append(line("model", answers.model))
        lines.append(line("arguments", answers.arguments))
        lines.append(line("result", answers.result))
        lines.append(line("approval", answers.approval))
        return lines.joined(separator: "\n") + "\n"
    }

    private func text(_ entry: TimelineEntry) -> String {
        head(entry, [entry.type.rawValue] + details(entry)) + "\n"
    }

    private func head(_ entry: TimelineEntry, _ words: [String]) -> String {
        let rest = words.filter { !$0.isEmpty }.map { PrintableText.escaped($0.bounded(to: width)) }
        return (["#\(entry.index)", entry.time.rfc3339] + rest).joined(separator: "  ")
    }

    private func line(_ question: String, _ answer: Answer) -> String {
        let label = question + String(repeating: " ", count: max(1, 11 - question.utf8.count))
        let basis = answer.basis.map { ": " + $0 } ?? ""
        let source =
            answer.strength == .notStated && answer.basis == nil ? "" : "  [\(answer.strength.rawValue)\(basis)]"
        return "    " + label + PrintableText.escaped(answer.text.bounded(to: width) + source)
    }

    /// The texts and numbers of the groups, as `name=value`.
    private func details(_ entry: TimelineEntry) -> [String] {
        let told = entry.named(by: values.names)
        return ["verified", "asserted", "observed", "derived"].flatMap { group in
            told.document[group]?.members.compactMap { key, value in
                switch value.kind {
                case .string: value.string.map { "\(key)=\($0)" }
                case .number, .boolean, .object: "\(key)=\(String(decoding: value.serialized(), as: UTF8.self))"
                case .null, .array: nil
                }
            } ?? []
        }
    }
}
