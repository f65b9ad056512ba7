import MartletCore
import MartletPolicy
import Yams

/// One mapping of the file. Each key is taken once; what nobody asked for is unknown.
struct Section {
    /// What the section is called in problems, e.g. `listen`.
    let name: String
    let line: Int
    private var entries: [Entry] = []
    private var asked: [String] = []

    /// Reads the mapping in `entry`; anything else is a problem and gives nil.
    init?(_ entry: Entry, _ reading: inout Reading) {
        guard let mapping = entry.node.mapping else {
            reading.add(
                entry.line, "\"\(entry.key)\" is not a mapping of keys",
                fix: entry.isNull ? "remove it, or write keys below it" : "write keys and values below it")
            return nil
        }
        name = entry.key
        line = entry.line
        for (key, value) in mapping {
            let line = key.mark?.line ?? entry.line
            guard let text = key.scalar?.string else {
                reading.add(line, "a key that is no text", fix: "write a name")
                continue
            }
            entries.append(Entry(key: text, node: value, line: line))
        }
    }

    /// Every entry that has not been taken, for mappings whose keys are names.
    mutating func takeAll() -> [Entry] {
        defer { entries = [] }
        return entries
    }

    func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

    func line(of key: String) -> Int? { entries.first { $0.key == key }?.line }

    /// Takes one key. A key that is looked for only to be refused is not `isKnown`: nobody is advised to write it.
    mutating func take(_ key: String, isKnown: Bool = true) -> Entry? {
        if isKnown { asked.append(key) }
        guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
        return entries.remove(at: index)
    }

    /// Takes a key that must be there.
    mutating func require(_ key: String, _ reading: inout Reading, fix: String) -> Entry? {
        if let entry = take(key) { return entry }
        reading.add(line, "\"\(name)\" without \"\(key)\"", fix: fix)
        return nil
    }

    /// Reports every key that nobody asked for.
    func finish(_ reading: inout Reading) {
        for entry in entries {
            reading.add(
                entry.line, "unknown key \"\(entry.key)\"", fix: Spelling.advice(for: entry.key, among: asked))
        }
    }
}

// Values with a default
extension Section {
    mutating func text(_ key: String, _ reading: inout Reading) -> (text: String, line: Int)? {
        guard let entry = take(key) else { return nil }
        if let text = entry.text, !text.isEmpty { return (text, entry.line) }
        reading.add(entry.line, "\"\(key)\" is not a text", fix: "write one value")
        return nil
    }

    mutating func flag(_ key: String, default value: Bool, _ reading: inout Reading) -> Bool {
        guard let entry = take(key) else { return value }
        if let flag = entry.bool { return flag }
        reading.add(entry.line, "\"\(key)\" is neither true nor false", fix: "write for example \(value)")
        return value
    }

    mutating func integer(
        _ key: String, in range: ClosedRange<Int>, default value: Int, _ reading: inout Reading
    ) -> Int {
        guard let entry = take(key) else { return value }
        if let number = entry.integer, range.contains(number) { return number }
        reading.add(
            entry.line, "\"\(key)\" is no whole number from \(range.lowerBound) to \(range.upperBound)",
            fix: "write for example \(value)")
        return value
    }

    mutating func duration(
        _ key: String, in range: ClosedRange<Seconds>, default value: Seconds, _ reading: inout Reading
    ) -> Seconds {
        guard let entry = take(key) else { return value }
        if let duration = entry.duration, range.contains(duration) { return duration }
        reading.add(
            entry.line, "\"\(key)\" is no duration from \(range.lowerBound.text) to \(range.upperBound.text)",
            fix: "write for example \(value.text)")
        return value
    }

    mutating func size(
        _ key: String, in range: ClosedRange<Int>, default value: Int, _ reading: inout Reading
    ) -> Int {
        guard let entry = take(key) else { return value }
        if let size = entry.size, range.contains(size) { return size }
        let limits = "\(Self.sizeText(range.lowerBound)) to \(Self.sizeText(range.upperBound))"
        reading.add(
            entry.line, "\"\(key)\" is no size from \(limits)", fix: "write for example \(Self.sizeText(value))")
        return value
    }

    static func sizeText(_ bytes: Int) -> String {
        for (unit, factor) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= factor && bytes.isMultiple(of: factor) {
            return "\(bytes / factor)\(unit)"
        }
        return "\(bytes)B"
    }
}

// Names, lists, mappings
extension Section {
    /// Takes a key that holds one name, made by `make`. A wildcard is told apart from a misspelling.
    mutating func name<Name>(
        _ key: String, _ reading: inout Reading, make: (String) -> Name?
    ) -> Name? {
        guard let (text, line) = text(key, &reading) else { return nil }
        return Self.name(text, of: key, line: line, &reading, make: make)
    }

    mutating func requiredName<Name>(
        _ key: String, _ reading: inout Reading, make: (String) -> Name?
    ) -> Name? {
        guard has(key) else {
            _ = require(key, &reading, fix: "add \(key): <name>")
            return nil
        }
        return name(key, &reading, make: make)
    }

    static func name<Name>(
        _ text: String, of key: String, line: Int, _ reading: inout Reading, make: (String) -> Name?
    ) -> Name? {
        if let name = make(text) { return name }
        if text.utf8.contains(UInt8(ascii: "*")) {
            reading.add(line, "wildcard \"\(text)\" in \"\(key)\"", fix: "name exactly one")
        } else {
            reading.add(line, "\"\(text)\" is no name for \"\(key)\"", fix: "use letters, digits, _ . -")
        }
        return nil
    }

    /// The texts of a list; an absent list is empty.
    mutating func texts(_ key: String, _ reading: inout Reading) -> [(text: String, line: Int)] {
        elements(key, &reading).compactMap { element in
            if let text = element.text, !text.isEmpty { return (text, element.line) }
            reading.add(element.line, "a value of \"\(key)\" is not a text", fix: "write one value")
            return nil
        }
    }

    /// The elements of a list; an absent list is empty.
    mutating func elements(_ key: String, _ reading: inout Reading) -> [Entry] {
        guard let entry = take(key) else { return [] }
        if let elements = entry.elements { return elements }
        reading.add(entry.line, "\"\(key)\" is not a list", fix: "write [a, b], or one line \"- …\" for each")
        return []
    }

    /// The mapping under `key`; nil when it is absent or something else.
    mutating func section(_ key: String, _ reading: inout Reading) -> Section? {
        guard let entry = take(key) else { return nil }
        return Section(entry, &reading)
    }
}
