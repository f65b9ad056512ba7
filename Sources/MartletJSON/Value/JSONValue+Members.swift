extension JSONValue {
    /// The member of an object with exactly this key; nil when there is none or this is no object.
    package subscript(key: String) -> JSONValue? {
        guard let document = object else { return nil }
        return find { document.isText(key, of: $0) }
    }

    /// The element of an array, counted from 0; nil when there is none or this is no array. Walks the array.
    package subscript(index: Int) -> JSONValue? {
        guard index >= 0, index < count, token.form == .array else { return nil }
        var cursor = self.index + 1
        for _ in 0..<index { cursor = Int(document.tape[cursor].next) }
        return JSONValue(document, at: cursor)
    }

    /// The member of an object with exactly this key; allocates nothing.
    package func member(_ key: StaticString) -> JSONValue? {
        guard let document = object else { return nil }
        return find { document.isText(key, of: $0) }
    }

    /// Whether each member's key is one of `names`, byte for byte; allocates nothing. True of everything but objects.
    ///
    /// Fastest when `names` are in the order in which the keys usually stand.
    package func hasNoKey(but names: [String]) -> Bool {
        guard let document = object else { return true }
        var (cursor, expected) = (index + 1, 0)
        for _ in 0..<count {
            let key = document.tape[cursor]
            var tried = 0
            while tried < names.count, !document.isText(names[expected], of: key) {
                expected = expected + 1 == names.count ? 0 : expected + 1
                tried += 1
            }
            guard tried < names.count else { return false }
            cursor = Int(document.tape[cursor + 1].next)
        }
        return true
    }

    /// The keys of an object that could look like `key` to somebody: those of as many bytes, and those that are not plain
    /// ASCII. Of the others no text is made.
    package func keys(thatMayLookLike key: String) -> [String] {
        guard let document = object else { return [] }
        var keys: [String] = []
        var cursor = index + 1
        for _ in 0..<count {
            let token = document.tape[cursor]
            let isPlain = PlainText.end(in: document.bytes, from: Int(token.start)) >= Int(token.end)
            if !isPlain || token.range.count == key.utf8.count, !document.isText(key, of: token) {
                keys.append(document.string(token))
            }
            cursor = Int(document.tape[cursor + 1].next)
        }
        return keys
    }

    private var object: JSONDocument? { token.isObject ? document : nil }

    private func find(_ isWanted: (JSONToken) -> Bool) -> JSONValue? {
        var cursor = index + 1
        for _ in 0..<count {
            if isWanted(document.tape[cursor]) { return JSONValue(document, at: cursor + 1) }
            cursor = Int(document.tape[cursor + 1].next)
        }
        return nil
    }

    /// The elements of an array in order; none for every other kind.
    package var elements: Elements { Elements(self) }

    /// The members of an object in order, keys unescaped; none for every other kind.
    package var members: Members { Members(self) }

    package struct Elements: Sequence, IteratorProtocol, Sendable {
        private let document: JSONDocument
        private var cursor: Int
        private var remaining: Int

        init(_ array: JSONValue) {
            document = array.document
            cursor = array.index + 1
            remaining = array.token.form == .array ? array.count : 0
        }

        package mutating func next() -> JSONValue? {
            guard remaining > 0 else { return nil }
            remaining -= 1
            defer { cursor = Int(document.tape[cursor].next) }
            return JSONValue(document, at: cursor)
        }
    }

    package struct Members: Sequence, IteratorProtocol, Sendable {
        private let document: JSONDocument
        private var cursor: Int
        private var remaining: Int

        init(_ object: JSONValue) {
            document = object.document
            cursor = object.index + 1
            remaining = object.token.isObject ? object.count : 0
        }

        package mutating func next() -> (key: String, value: JSONValue)? {
            guard remaining > 0 else { return nil }
            remaining -= 1
            defer { cursor = Int(document.tape[cursor + 1].next) }
            return (document.string(document.tape[cursor]), JSONValue(document, at: cursor + 1))
        }
    }
}
