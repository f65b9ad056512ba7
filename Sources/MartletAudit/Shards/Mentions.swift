import MartletCore

/// The people and the keys of sealed values that the records of logs name, leaf by leaf.
package struct Mentions: Sendable {
    package private(set) var keys: Set<KeyID> = []
    package private(set) var people: Set<Pseudonym> = []

    package init() {}

    package mutating func take(_ entry: TimelineEntry) {
        if let key = entry.sealedKey, key.isDataKey { keys.insert(key) }
        // What is carried over is said by pseudonyms: nobody needs the name for it.
        if entry.type != .shardCarried { take(leaf: entry.leaf) }
    }

    /// Without what `others` name too.
    package func subtracting(_ others: Mentions) -> Mentions {
        var rest = self
        rest.keys.subtract(others.keys)
        rest.people.subtract(others.people)
        return rest
    }

    /// The people of a leaf, wherever they stand: each is a whole string of it.
    package mutating func take(leaf: [UInt8]) {
        let start = Array("\"\(Pseudonym.prefix)".utf8)
        var rest = leaf[...]
        while let quote = rest.firstIndex(of: start[0]) {
            rest = rest[(quote + 1)...]
            guard rest.starts(with: start.dropFirst()), let end = rest.firstIndex(of: start[0]) else { continue }
            if let person = Pseudonym(String(decoding: rest[..<end], as: UTF8.self)) { people.insert(person) }
        }
    }
}
