import MartletCore
import MartletJSON

/// The pseudonyms of a record, and the record with the names behind them. Its leaf stays what it is.
extension TimelineEntry {
    /// Each of them once, in the order of the record. They stand in `verified` and `derived`, as the source of a refused ruling, and
    /// in what was asked in a reading.
    package var pseudonyms: [Pseudonym] {
        guard mayNamePeople else { return [] }
        var found: [Pseudonym] = []
        func take(_ text: String) {
            if let pseudonym = Pseudonym(text), !found.contains(pseudonym) { found.append(pseudonym) }
        }
        for group in Self.naming { if let group = document[group] { group.eachText(take) } }
        if let source = text("observed", "src") { take(source) }
        for word in Self.words(of: text("asserted", "filter") ?? "") { take(word) }
        return found
    }

    /// For what is told to people.
    func named(by names: NameReader) -> TimelineEntry {
        guard mayNamePeople else { return self }
        var entry = self
        entry.document = Self.named(document, by: names)
        return entry
    }

    /// A record with the names behind its pseudonyms.
    static func named(_ document: JSONValue, by names: NameReader) -> JSONValue {
        var writer = JSONWriter(capacity: 2048)
        writer.beginObject()
        for (key, value) in document.members {
            writer.key(key)
            if Self.naming.contains(key) {
                writer.copy(value) { names.text($0) }
            } else if key == "observed", let source = value.member("src")?.string, Pseudonym(source) != nil {
                writer.copy(value) { $0 == source ? names.text(source) : $0 }
            } else if key == "asserted", let filter = value.member("filter")?.string {
                let told = Self.words(of: filter).map { names.text($0) }.joined()
                writer.copy(value) { $0 == filter ? told : $0 }
            } else {
                writer.value(value)
            }
        }
        writer.endObject()
        do { return try JSONValue.parse(writer.bytes) } catch { return document }
    }

    /// The parts of what was asked in a reading, with what stands between them.
    private static func words(of filter: String) -> [String] {
        var words = [""]
        for character in filter {
            if " =,".contains(character) {
                words += [String(character), ""]
            } else {
                words[words.count - 1].append(character)
            }
        }
        return words
    }

    private static let naming = ["verified", "derived"]

    /// Most records of machines name nobody: then nothing is copied.
    private var mayNamePeople: Bool {
        let start = Array(Pseudonym.prefix.utf8)
        return leaf.indices.dropLast(start.count).contains { place in
            leaf[place] == start[0] && leaf[place..<(place + start.count)].elementsEqual(start)
        }
    }
}

extension JSONValue {
    fileprivate func eachText(_ take: (String) -> Void) {
        switch kind {
        case .string: if let string { take(string) }
        case .object: for (_, value) in members { value.eachText(take) }
        case .array: for value in elements { value.eachText(take) }
        case .number, .boolean, .null: break
        }
    }
}

extension JSONWriter {
    /// Writes `value` with each of its texts, but not its keys, replaced.
    fileprivate mutating func copy(_ value: JSONValue, _ replaced: (String) -> String) {
        switch value.kind {
        case .string: string(replaced(value.string ?? ""))
        case .object:
            beginObject()
            for (key, member) in value.members {
                self.key(key)
                copy(member, replaced)
            }
            endObject()
        case .array:
            beginArray()
            for element in value.elements { copy(element, replaced) }
            endArray()
        case .number, .boolean, .null: self.value(value)
        }
    }
}

extension JSONWriter {
    /// Beside a leaf: what its pseudonyms stand for, as far as that can be said.
    package mutating func names(of entry: TimelineEntry, _ names: NameReader) {
        let told = entry.pseudonyms.map { ($0.rawValue, names.text($0.rawValue)) }.filter { $0 != $1 }
        guard !told.isEmpty else { return }
        key("names")
        beginObject()
        for (pseudonym, name) in told { member(pseudonym, string: name) }
        endObject()
    }
}

extension CallStory {
    func named(by names: NameReader) -> CallStory {
        var story = CallStory(call: call, opening: opening.named(by: names))
        story.closing = closing?.named(by: names)
        story.resolution = resolution?.named(by: names)
        story.denial = denial?.named(by: names)
        story.approvals = approvals.map { $0.named(by: names) }
        return story
    }
}
