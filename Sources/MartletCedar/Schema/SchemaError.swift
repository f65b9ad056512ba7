/// Why text or JSON is no schema.
public struct SchemaError: Error, Hashable, Sendable {
    /// What is wrong, with the names as they were written.
    public enum Reason: Hashable, Sendable {
        /// The text is not what the grammar of schemas allows.
        case syntax(ParseError.Kind)
        /// The bytes are no JSON document; the reason is a short phrase.
        case invalidJSON(String)
        /// The JSON value at this path has another shape than the format gives it.
        case wrongJSON(path: String, expected: String)
        /// A keyword of the policy language, or a name inside of `__cedar`.
        case reservedName(String)
        /// `Bool`, `Set` and the other built-in names cannot name a common type.
        case reservedTypeName(String)
        /// Two declarations of one name in one namespace.
        case duplicateDeclaration(String)
        case duplicateNamespace(String)
        case duplicateAnnotation(String)
        /// `principal`, `resource` or `context` stands twice in one `appliesTo`.
        case duplicateClause(String, action: String)
        /// `principal` or `resource` is an empty list.
        case emptyClause(String, action: String)
        /// `appliesTo` has no `principal` or no `resource`.
        case missingClause(String, action: String)
        /// A declaration in a namespace has the name of one outside of all namespaces. Source: RFC 70.
        case shadowing(String, shadowed: String)
        case undefinedType(String)
        case undefinedAction(String)
        /// The type is known, but is no entity type that can be a parent, principal or resource.
        case undeclaredEntityType(String)
        case unknownExtensionType(String)
        case cyclicCommonType(String)
        case cyclicActionGroup(String)
        /// The shape of an entity type or the context of an action is no record.
        case notARecord(String)
        /// `Action` is declared as an entity type.
        case actionTypeDeclared
        /// Actions cannot have attributes.
        case actionAttributes(String)
        /// `additionalAttributes` is true.
        case openRecord
        /// Annotations on the namespace without a name.
        case annotatedEmptyNamespace
        /// Above one of ``SchemaLimits``.
        case tooLarge(limit: String)
        /// Nothing of this kind can be written as Cedar schema text.
        case notExpressible(String)
    }

    /// What is wrong.
    public let reason: Reason
    /// Where in the text; nil for JSON and for what was put together in memory.
    public let span: SourceSpan?

    init(_ reason: Reason, at span: SourceSpan? = nil) {
        self.reason = reason
        self.span = span
    }
}
