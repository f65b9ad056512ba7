/// Reads schema text. Source: cedar-policy 4.12, `cedar_schema/grammar.lalrpop`; docs.cedarpolicy.com, "Schema grammar".
struct SchemaParser {
    let source: [UInt8]
    let limits: SchemaLimits
    private var lexer: Lexer
    private(set) var token: Token
    /// Nesting of the type that is being read.
    var depth = 0

    private init(_ source: [UInt8], _ limits: SchemaLimits) throws(SchemaError) {
        self.source = source
        self.limits = limits
        lexer = Lexer(source)
        token = Token(kind: .end, span: .none)
        try advance()
    }

    /// Reads a whole schema; the bytes may be anything.
    static func parse(_ source: [UInt8], limits: SchemaLimits) throws(SchemaError) -> SchemaDocument {
        guard source.count <= limits.maximumBytes else { throw SchemaError(.tooLarge(limit: "bytes")) }
        guard String(validating: source, as: UTF8.self) != nil else { throw SchemaError(.syntax(.invalidUTF8)) }
        var parser = try SchemaParser(source, limits)
        return try parser.document()
    }

    private mutating func document() throws(SchemaError) -> SchemaDocument {
        var unnamed = NamespaceBuilder(nil)
        var named: [SchemaNamespace] = []
        var names: Set<Name> = []
        while token.kind != .end {
            let annotations = try annotations()
            guard isWord("namespace") else {
                try declaration(annotations, into: &unnamed)
                continue
            }
            let namespace = try namespace(annotations)
            if let name = namespace.name, !names.insert(name).inserted {
                throw SchemaError(.duplicateNamespace(name.description))
            }
            named.append(namespace)
        }
        return SchemaDocument((unnamed.isEmpty ? [] : [unnamed.finish()]) + named)
    }

    private mutating func namespace(_ annotations: [SchemaAnnotation]) throws(SchemaError) -> SchemaNamespace {
        try advance()
        let name = try path()
        guard !name.name.isReserved else {
            throw SchemaError(.reservedName(name.name.description), at: name.span)
        }
        var builder = NamespaceBuilder(name.name)
        builder.annotations = annotations
        try expect(.openBrace)
        while try !take(.closeBrace) {
            let annotations = try self.annotations()
            try declaration(annotations, into: &builder)
        }
        return builder.finish()
    }

    private mutating func declaration(
        _ annotations: [SchemaAnnotation], into namespace: inout NamespaceBuilder
    ) throws(SchemaError) {
        let start = token.span
        if try takeWord("entity") {
            try entities(annotations, from: start, into: &namespace)
        } else if try takeWord("action") {
            try actions(annotations, from: start, into: &namespace)
        } else if try takeWord("type") {
            try commonType(annotations, from: start, into: &namespace)
        } else {
            throw unexpected("`entity`, `action`, `type` or `namespace`")
        }
    }

    mutating func annotations() throws(SchemaError) -> [SchemaAnnotation] {
        var annotations: [SchemaAnnotation] = []
        var keys: Set<Text> = []
        while try take(.at) {
            let span = token.span
            guard token.kind == .identifier else { throw unexpected("a name") }
            let key = Text(source[span.start..<span.end])
            try advance()
            var value: Text = ""
            if try take(.openParenthesis) {
                value = try string()
                try expect(.closeParenthesis)
            }
            guard keys.insert(key).inserted else { throw SchemaError(.duplicateAnnotation(key.string), at: span) }
            annotations.append(SchemaAnnotation(key: key, value: value))
        }
        return annotations.sorted { $0.key < $1.key }
    }

    /// The kind of the token after the next one.
    func following() throws(SchemaError) -> Token.Kind {
        var ahead = lexer
        do { return try ahead.next().kind } catch { throw SchemaError(.syntax(error.kind), at: error.span) }
    }

    mutating func advance() throws(SchemaError) {
        do { token = try lexer.next() } catch { throw SchemaError(.syntax(error.kind), at: error.span) }
    }
}
