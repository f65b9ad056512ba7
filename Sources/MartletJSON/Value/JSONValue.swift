/// One value of a strictly parsed document: a cursor of two words that keeps the document alive.
///
/// Nothing is lost: numbers keep their text, members their order. Keys and strings compare byte for byte; mind that
/// `==` on `String` treats canonically equivalent text as equal, so ask ``isString(_:)`` and the lookups here instead
/// of putting keys into a dictionary.
package struct JSONValue: Sendable {
    package enum Kind: Hashable, Sendable { case null, boolean, number, string, array, object }

    let document: JSONDocument
    let index: Int

    init(_ document: JSONDocument, at index: Int = 0) {
        self.document = document
        self.index = index
    }

    /// Reads one document; refuses all that parsers read differently, duplicate keys at any depth first of all.
    package static func parse(_ bytes: [UInt8], limits: JSONLimits = .request) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes, limits: limits)
        return JSONValue(try parser.document())
    }

    /// The same for whoever passes both on.
    package static func reading(_ bytes: [UInt8]) -> Result<JSONValue, JSONError> {
        do throws(JSONError) { return .success(try parse(bytes)) } catch { return .failure(error) }
    }

    /// `null`
    package static let null = JSONValue(
        JSONDocument(bytes: Array("null".utf8), tape: [JSONToken(.null, start: 0, end: 4, next: 1)], isCompact: true))

    /// `{}`
    package static let emptyObject = JSONValue(
        JSONDocument(bytes: Array("{}".utf8), tape: [JSONToken(.object, start: 0, end: 2, next: 1)], isCompact: true))

    var token: JSONToken { document.tape[index] }

    package var kind: Kind {
        switch token.form {
        case .null: .null
        case .false, .true: .boolean
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }
}

extension JSONValue {
    package var isNull: Bool { token.form == .null }

    package var bool: Bool? {
        switch token.form {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The text of a string, unescaped; nil for every other kind.
    package var string: String? { token.isString ? document.string(token) : nil }

    /// A number exactly as written, for example `1.50` or `1e2`.
    package var numberText: String? {
        token.form == .number ? String(decoding: document.text(of: token), as: UTF8.self) : nil
    }

    /// A number written as an integer that fits; nil for `1.0`, `1e2`, and anything outside of 64 bits.
    package var integer: Int64? { token.form == .number ? Int64(integerText: document.text(of: token)) : nil }

    /// Whether this is the string `text`; allocates nothing.
    package func isString(_ text: StaticString) -> Bool { token.isString && document.isText(text, of: token) }

    /// Number of elements of an array or members of an object; 0 for every other kind.
    package var count: Int { token.isContainer ? token.count : 0 }
}

extension JSONDocument {
    func string(_ token: JSONToken) -> String {
        token.hasEscapes
            ? String(decoding: Array(unescaped(token)), as: UTF8.self)
            : String(decoding: text(of: token), as: UTF8.self)
    }

    /// Whether a string or key is `text`, byte for byte after unescaping.
    func isText(_ text: some Collection<UInt8>, of token: JSONToken) -> Bool {
        guard !token.hasEscapes else { return unescaped(token).elementsEqual(text) }
        return token.range.count == text.count && bytes[token.range].elementsEqual(text)
    }

    /// Whether a string or key is `text`; a key without escapes is compared in place.
    func isText(_ text: String, of token: JSONToken) -> Bool {
        guard !token.hasEscapes else { return isText(text.utf8, of: token) }
        // Length first: most members are not the one that is looked for.
        guard token.range.count == text.utf8.count else { return false }
        return SameBytes.hold(token.range, of: bytes, text.utf8.span)
    }

    func isText(_ text: StaticString, of token: JSONToken) -> Bool {
        // Length first: most members are not the one that is looked for.
        guard token.hasEscapes || token.range.count == text.utf8CodeUnitCount else { return false }
        // Safe: the buffer is read inside of the closure only.
        return text.withUTF8Buffer { text in
            guard !token.hasEscapes else { return unsafe isText(text, of: token) }
            return unsafe SameBytes.hold(token.range, of: bytes, text.span)
        }
    }
}

extension Int64 {
    /// Reads text of the number grammar; nil on a point, an exponent or overflow.
    fileprivate init?(integerText text: ArraySlice<UInt8>) {
        let isNegative = text.first == ASCII.minus
        var value: Int64 = 0
        for byte in isNegative ? text.dropFirst() : text {
            guard ASCII.isDigit(byte) else { return nil }
            let digit = Int64(byte &- ASCII.zero)
            let (tenfold, high) = value.multipliedReportingOverflow(by: 10)
            let (sum, low) = tenfold.addingReportingOverflow(isNegative ? -digit : digit)
            guard !high, !low else { return nil }
            value = sum
        }
        self = value
    }
}
