/// A parsed document that may come again with another number in one place.
///
/// Two documents of the same bytes have the same reading, and one number in place of another changes nothing else: who
/// recognises a repetition need not read it anew. Nothing is assumed of either but what was compared.
package struct RepeatedDocument: Sendable {
    private let document: JSONDocument
    private let number: Range<Int>

    /// The document that `value` is part of, up to the number in the root's member `key`; nil without such a number.
    package init?(of value: JSONValue, exceptFor key: StaticString) {
        guard let member = JSONValue(value.document).member(key), member.kind == .number else { return nil }
        document = value.document
        number = member.token.range
    }

    /// Whether `bytes` are this document, byte for byte, with `number` in that place.
    package func isRepeated(by bytes: [UInt8], with number: Int64) -> Bool {
        let digits = Array(String(number).utf8)
        let (known, place) = (document.bytes, self.number)
        let rest = place.lowerBound + digits.count
        guard bytes.count == known.count - place.count + digits.count else { return false }
        return areEqual(bytes, 0..<place.lowerBound, known, 0)
            && areEqual(bytes, place.lowerBound..<rest, digits, 0)
            && areEqual(bytes, rest..<bytes.count, known, place.upperBound)
    }
}

extension JSONValue {
    /// Whether both are the same place of the same document: then they are one value, whatever it is.
    package func isSame(as other: JSONValue) -> Bool { document === other.document && index == other.index }

    /// Whether both stand in their documents in the same bytes: then they read the same.
    package func isWritten(like other: JSONValue) -> Bool {
        let (mine, theirs) = (token.written, other.token.written)
        return mine.count == theirs.count && areEqual(document.bytes, mine, other.document.bytes, theirs.lowerBound)
    }
}

/// Compares the bytes of `range` with as many of `others` from `start` on, 32 at a time; false where either ends before.
private func areEqual(_ bytes: [UInt8], _ range: Range<Int>, _ others: [UInt8], _ start: Int) -> Bool {
    guard range.upperBound <= bytes.count, start + range.count <= others.count else { return false }
    // Safe: the views live as long as this call, and so do the bytes; the loads check their bounds.
    let (mine, theirs) = unsafe (bytes.span.bytes, others.span.bytes)
    var cursor = 0
    func difference(_ word: Int) -> UInt64 {
        unsafe mine.unsafeLoadUnaligned(fromByteOffset: range.lowerBound &+ cursor &+ word, as: UInt64.self)
            ^ theirs.unsafeLoadUnaligned(fromByteOffset: start &+ cursor &+ word, as: UInt64.self)
    }
    while cursor &+ 32 <= range.count {
        guard difference(0) | difference(8) | difference(16) | difference(24) == 0 else { return false }
        cursor &+= 32
    }
    while cursor < range.count {
        guard bytes[range.lowerBound + cursor] == others[start + cursor] else { return false }
        cursor += 1
    }
    return true
}
