/// A type as a schema writes it, its names not yet looked up.
public indirect enum TypeExpression: Hashable, Sendable {
    case boolean
    case long
    case string
    case set(TypeExpression)
    case record([AttributeDeclaration])
    /// A name that must be an entity type.
    case entity(TypeReference)
    /// A name that must be a common type.
    case common(TypeReference)
    /// A name that is a common type or, failing that, an entity type. The only form of names in schema text.
    case entityOrCommon(TypeReference)
    /// An extension type by its name, for example `ipaddr`.
    case `extension`(Text)

    static let emptyRecord = TypeExpression.record([])

    var isEmptyRecord: Bool { self == Self.emptyRecord }
}

/// A name where it is used, which may be looked up in its namespace first.
public struct TypeReference: Hashable, Sendable {
    /// The name.
    public let name: Name
    /// Where it stands in the text.
    public let span: SourceSpan?

    init(_ name: Name, at span: SourceSpan? = nil) {
        self.name = name
        self.span = span
    }

    /// Two references are the same when they name the same, wherever they stand.
    public static func == (left: Self, right: Self) -> Bool { left.name == right.name }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// One attribute of a record type.
public struct AttributeDeclaration: Hashable, Sendable {
    /// The name.
    public let name: Text
    /// The type.
    public let type: TypeExpression
    /// Whether every record has it.
    public let isRequired: Bool
    /// The annotations, by name.
    public let annotations: [SchemaAnnotation]
}

/// `@key("value")`; without a value the value is empty.
public struct SchemaAnnotation: Hashable, Sendable {
    /// The name.
    public let key: Text
    /// The value.
    public let value: Text
}
