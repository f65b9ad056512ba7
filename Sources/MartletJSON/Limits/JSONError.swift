/// Why bytes are not a document we read, or a value has no canonical form; each with the byte offset from the start.
package enum JSONError: Error, Hashable, Sendable {
    /// A byte that the grammar does not allow here.
    case unexpectedByte(offset: Int)
    /// The bytes end inside a value.
    case unexpectedEnd(offset: Int)
    /// Something other than whitespace follows the document.
    case trailingBytes(offset: Int)
    /// The document starts with U+FEFF. Source: RFC 8259 section 8.1.
    case byteOrderMark(offset: Int)
    /// Overlong, truncated, surrogate or out-of-range UTF-8; the offset is that of its first byte. Source: RFC 3629.
    case invalidUTF8(offset: Int)
    /// A `\u` escape of half a surrogate pair.
    case loneSurrogate(offset: Int)
    /// A backslash followed by something that is no escape.
    case invalidEscape(offset: Int)
    /// A byte below 0x20 inside a string.
    case controlCharacter(offset: Int)
    /// The key was there before in the same object, compared after unescaping; the offset is that of the later one.
    case duplicateKey(offset: Int)
    /// `\u0000` in a key: parsers that keep C strings would see a shorter one.
    case nulInKey(offset: Int)
    /// A leading zero, or a missing digit.
    case invalidNumber(offset: Int)
    /// A number above ``JSONLimits/maximumNumberBytes``.
    case numberTooLong(offset: Int)
    /// A string or key above ``JSONLimits/maximumStringBytes``.
    case stringTooLong(offset: Int)
    /// Nesting above ``JSONLimits/maximumDepth``.
    case tooDeep(offset: Int)
    /// More values than ``JSONLimits/maximumTokens``.
    case tooManyValues(offset: Int)
    /// A document above ``JSONLimits/maximumBytes``; the offset is the limit.
    case tooLarge(offset: Int)
    /// Canonical form only: the nearest double prints as another decimal than the one written.
    case numberNotExact(offset: Int)

    /// The byte offset from the start of the document, counted from 0.
    package var offset: Int {
        switch self {
        case .unexpectedByte(let offset), .unexpectedEnd(let offset), .trailingBytes(let offset),
            .byteOrderMark(let offset), .invalidUTF8(let offset), .loneSurrogate(let offset),
            .invalidEscape(let offset), .controlCharacter(let offset), .duplicateKey(let offset),
            .nulInKey(let offset), .invalidNumber(let offset), .numberTooLong(let offset),
            .stringTooLong(let offset), .tooDeep(let offset), .tooManyValues(let offset), .tooLarge(let offset),
            .numberNotExact(let offset):
            offset
        }
    }

    /// A short phrase for people, without any of the document's bytes.
    package var reason: String {
        switch self {
        case .unexpectedByte: "unexpected byte"
        case .unexpectedEnd: "unexpected end"
        case .trailingBytes: "bytes after the document"
        case .byteOrderMark: "byte order mark"
        case .invalidUTF8: "invalid UTF-8"
        case .loneSurrogate: "lone surrogate"
        case .invalidEscape: "invalid escape"
        case .controlCharacter: "control character in a string"
        case .duplicateKey: "duplicate key"
        case .nulInKey: "NUL in a key"
        case .invalidNumber: "invalid number"
        case .numberTooLong: "number too long"
        case .stringTooLong: "string too long"
        case .tooDeep: "nested too deeply"
        case .tooManyValues: "too many values"
        case .tooLarge: "document too large"
        case .numberNotExact: "number is not exact as a double"
        }
    }
}

extension JSONError: CustomStringConvertible {
    /// The reason with its place, for example `duplicate key at byte 17`.
    package var description: String { "\(reason) at byte \(offset)" }
}
