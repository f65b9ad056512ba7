import MartletCore
import MartletJSON

/// A timeline for programs: one JSON object per item, on one line, safe to print.
package struct TimelineJSON {
    private let values: SealedValues
    package init(_ values: SealedValues) { self.values = values }

    package func line(_ item: Timeline.Item) -> [UInt8] {
        var writer = JSONWriter(capacity: 2048)
        writer.beginObject()
        switch item {
        case .call(let story): write(story, to: &writer)
        case .event(let entry): write(entry, to: &writer)
        }
        writer.endObject()
        return PrintableText.escaped(json: writer.bytes)
    }

    package func line(_ error: LeafError) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.field("kind", "unreadable")
        writer.field("index", error.index)
        writer.field("reason", error.reason)
        writer.endObject()
        return PrintableText.escaped(json: writer.bytes)
    }

    private func write(_ story: CallStory, to writer: inout JSONWriter) {
        writer.field("kind", "call")
        writer.field("call", story.call.rawValue)
        writer.field("dispatched", story.wasDispatched)
        let answers = story.answers(values)
        writer.group("answers") { writer in
            write("who", answers.who, to: &writer)
            write("model", answers.model, to: &writer)
            write("arguments", answers.arguments, to: &writer)
            write("result", answers.result, to: &writer)
            write("approval", answers.approval, to: &writer)
        }
        writer.key("records")
        writer.beginArray()
        for record in story.records { write(record: record, to: &writer) }
        writer.endArray()
    }

    private func write(_ entry: TimelineEntry, to writer: inout JSONWriter) {
        writer.field("kind", "event")
        writer.key("records")
        writer.beginArray()
        write(record: entry, to: &writer)
        writer.endArray()
    }

    private func write(record: TimelineEntry, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("index", record.index)
        writer.key("leaf")
        writer.value(record.document)
        writer.names(of: record, values.names)
        if case .opened(let values) = values.open(record) {
            writer.key("opened")
            writer.value(values)
        }
        writer.endObject()
    }

    private func write(_ question: StaticString, _ answer: Answer, to writer: inout JSONWriter) {
        writer.group(question) { writer in
            writer.field("text", answer.text)
            writer.field("strength", answer.strength.rawValue)
            if let basis = answer.basis { writer.field("basis", basis) }
        }
    }
}
