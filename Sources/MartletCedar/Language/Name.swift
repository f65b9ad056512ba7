/// The name of an entity type, function or namespace: identifiers joined by `::`, for example `Shop::Order`.
///
/// No spaces, no word of the language, no part `__cedar`. Source: cedar-policy 4.12, `ast/name.rs`; RFC 52.
public struct Name: Hashable, Sendable {
    /// The whole name.
    public let text: Text

    /// Reads a normalised name; nil when it is none.
    public init?(_ string: String) { self.init(Text(string)) }

    /// Reads a normalised name; nil when it is none.
    public init?(_ text: Text) {
        guard let name = Name(internal: text), !name.isReserved else { return nil }
        self = name
    }

    /// Reads a name that may have the part `__cedar`, which schemas use inside.
    init?(internal text: Text) {
        guard Self.parts(of: text.utf8).allSatisfy({ Identifier.isValid($0) }) else { return nil }
        self.text = text
    }

    /// Creates a name from parts that were checked.
    init(unchecked parts: [Text]) {
        text = Text(utf8: Array(parts.map(\.utf8).joined(separator: "::".utf8)))
    }

    /// Creates a name that is known to be one.
    init(unchecked text: Text) { self.text = text }

    /// Creates a name that stands in the code and is one.
    package init(known text: StaticString) { self.text = Text("\(text)") }

    /// The last part.
    public var basename: Text { Self.parts(of: text.utf8).last.map { Text($0) } ?? text }

    /// All but the last part; nil when there is only one.
    public var namespace: Name? {
        let parts = Self.parts(of: text.utf8)
        return parts.count > 1 ? Name(unchecked: parts.dropLast().map { Text($0) }) : nil
    }

    /// The parts, outermost first.
    public var components: [Text] { Self.parts(of: text.utf8).map { Text($0) } }

    /// Whether a part is `__cedar`.
    var isReserved: Bool { Self.parts(of: text.utf8).contains { $0.elementsEqual("__cedar".utf8) } }

    /// Whether this is the name of a type of actions. Source: cedar-policy 4.12, `EntityType::is_action`.
    public var isAction: Bool { Self.parts(of: text.utf8).last?.elementsEqual("Action".utf8) ?? false }

    /// This name inside of a namespace.
    func inside(_ namespace: Name?) -> Name {
        namespace.map { Name(unchecked: $0.components + components) } ?? self
    }

    private static func parts(of utf8: [UInt8]) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        var index = 0
        while index < utf8.count {
            if utf8[index] == UInt8(ascii: ":"), index + 1 < utf8.count, utf8[index + 1] == UInt8(ascii: ":") {
                parts.append(utf8[start..<index])
                index += 2
                start = index
            } else {
                index += 1
            }
        }
        parts.append(utf8[start...])
        return parts
    }
}

extension Name: Comparable, CustomStringConvertible {
    /// The order of the bytes.
    public static func < (left: Name, right: Name) -> Bool { left.text < right.text }

    /// The name as written in Cedar.
    public var description: String { text.string }
}

/// What an identifier is.
enum Identifier {
    /// `[_a-zA-Z][_a-zA-Z0-9]*` and no word of the language.
    static func isValid(_ part: some Collection<UInt8>) -> Bool { isWord(part) && !isReserved(part) }

    /// `[_a-zA-Z][_a-zA-Z0-9]*`; words of the language included, as for the keys of annotations.
    static func isWord(_ part: some Collection<UInt8>) -> Bool {
        guard let first = part.first, Lexer.isWordStart(first) else { return false }
        return part.allSatisfy { Lexer.isWordStart($0) || Lexer.isDigit($0) }
    }

    /// The words that can be no name.
    static func isReserved(_ part: some Collection<UInt8>) -> Bool {
        part.count <= 5 && reserved.contains { $0.utf8.elementsEqual(part) }
    }

    private static let reserved = ["true", "false", "if", "then", "else", "in", "is", "like", "has"]
}
