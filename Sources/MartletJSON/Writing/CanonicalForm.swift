extension JSONValue {
    /// The canonical bytes of the value, fit for digests. Source: RFC 8785.
    ///
    /// Stricter than the RFC: a number is refused when its double prints as another decimal than the one written
    /// (`9007199254740993`, `1e400`), so that a digest never covers another value than the one forwarded.
    package func canonical() throws(JSONError) -> [UInt8] {
        var form = CanonicalForm(document, capacity: Int(token.length) + 2)
        _ = try form.append(index)
        return form.output
    }
}

/// Writes a value canonically; recursive, as deep as the parser let the document be.
struct CanonicalForm {
    private let document: JSONDocument
    var output: [UInt8] = []
    /// The keys of all open objects, as indexes on the tape; each object sorts its own end of it.
    private var keys: [Int] = []

    init(_ document: JSONDocument, capacity: Int) {
        self.document = document
        output.reserveCapacity(capacity)
        keys.reserveCapacity(32)
    }

    /// Appends the value at `index`; gives the index past it.
    mutating func append(_ index: Int) throws(JSONError) -> Int {
        let token = document.tape[index]
        switch token.form {
        case .null, .false, .true, .string: document.appendScalar(token, to: &output)
        case .number: try appendNumber(token)
        case .array: try appendArray(token, at: index)
        case .object: try appendObject(token, at: index)
        }
        return Int(token.next)
    }

    private mutating func appendNumber(_ token: JSONToken) throws(JSONError) {
        guard let number = ExactDecimal(document.text(of: token)) else {
            throw .numberNotExact(offset: Int(token.start))
        }
        number.append(to: &output)
    }

    private mutating func appendArray(_ token: JSONToken, at index: Int) throws(JSONError) {
        output.append(ASCII.openArray)
        var element = index + 1
        for position in 0..<token.count {
            if position > 0 { output.append(ASCII.comma) }
            element = try append(element)
        }
        output.append(ASCII.closeArray)
    }

    private mutating func appendObject(_ token: JSONToken, at index: Int) throws(JSONError) {
        let base = keys.count
        pushSortedKeys(token, at: index)
        output.append(ASCII.openObject)
        for position in base..<base + token.count {
            if position > base { output.append(ASCII.comma) }
            document.appendScalar(document.tape[keys[position]], to: &output)
            output.append(ASCII.colon)
            _ = try append(keys[position] + 1)
        }
        output.append(ASCII.closeObject)
        keys.removeLast(token.count)
    }

    private mutating func pushSortedKeys(_ token: JSONToken, at index: Int) {
        let base = keys.count
        var key = index + 1
        for _ in 0..<token.count {
            keys.append(key)
            key = Int(document.tape[key + 1].next)
        }
        guard token.count > KeySet.pairwiseLimit else { return insertionSort(from: base) }
        let document = document
        keys[base...].sort { document.precedes($0, $1) }
    }

    /// For few keys, which are often in order already.
    private mutating func insertionSort(from base: Int) {
        for end in base..<keys.count {
            var position = end
            while position > base, document.precedes(keys[position], keys[position - 1]) {
                keys.swapAt(position, position - 1)
                position -= 1
            }
        }
    }
}

extension JSONDocument {
    /// Whether one key stands before another by UTF-16 code units. Source: RFC 8785 section 3.2.3.
    fileprivate func precedes(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (tape[left], tape[right])
        guard left.hasEscapes || right.hasEscapes else { return precedes(left.range, right.range) }
        var (first, second) = (unescaped(left), unescaped(right))
        while true {
            guard let theirs = second.next() else { return false }
            guard let ours = first.next() else { return true }
            if ours != theirs { return Self.rank(ours) < Self.rank(theirs) }
        }
    }

    private func precedes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        for offset in 0..<min(left.count, right.count) {
            let (ours, theirs) = (bytes[left.lowerBound + offset], bytes[right.lowerBound + offset])
            if ours != theirs { return Self.rank(ours) < Self.rank(theirs) }
        }
        return left.count < right.count
    }

    /// UTF-8 bytes order like UTF-16 units but for one case: surrogate pairs (F0 to F4) stand before U+E000 to U+FFFF
    /// (EE and EF). Lead bytes are only compared with lead bytes: at the first difference both stand in the same place.
    private static func rank(_ byte: UInt8) -> Int {
        byte == 0xEE || byte == 0xEF ? Int(byte) + 0x10 : Int(byte)
    }
}
