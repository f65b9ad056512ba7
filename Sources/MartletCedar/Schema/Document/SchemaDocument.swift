/// A schema as it was written: declarations by namespace, names not yet looked up.
///
/// It prints as text and as JSON; ``Schema`` is what it means.
public struct SchemaDocument: Hashable, Sendable {
    /// By name; the one without a name comes first.
    public internal(set) var namespaces: [SchemaNamespace]

    init(_ namespaces: [SchemaNamespace]) {
        self.namespaces = namespaces.sorted { left, right in
            guard let first = left.name, let second = right.name else { return left.name == nil && right.name != nil }
            return first < second
        }
    }
}

/// What one namespace declares, each kind by name.
public struct SchemaNamespace: Hashable, Sendable {
    /// The name.
    public let name: Name?
    /// The annotations, by name.
    public internal(set) var annotations: [SchemaAnnotation] = []
    /// The common types, by name.
    public internal(set) var commonTypes: [CommonTypeDeclaration] = []
    /// The entity types, by name.
    public internal(set) var entityTypes: [EntityTypeDeclaration] = []
    /// The actions.
    public internal(set) var actions: [ActionDeclaration] = []

    init(_ name: Name?) { self.name = name }

    /// Sorts the declarations, for a printed form that depends on the content only.
    mutating func sort() {
        annotations.sort { $0.key < $1.key }
        commonTypes.sort { $0.name < $1.name }
        entityTypes.sort { $0.name < $1.name }
        actions.sort { $0.name < $1.name }
    }
}

/// `type name = definition;`
public struct CommonTypeDeclaration: Hashable, Sendable {
    /// The name.
    public let name: Text
    /// What the name stands for.
    public let definition: TypeExpression
    /// The annotations, by name.
    public internal(set) var annotations: [SchemaAnnotation] = []
    let place: DeclarationPlace
}

/// `entity name …;`
public struct EntityTypeDeclaration: Hashable, Sendable {
    /// What the entities of a type are.
    public enum Kind: Hashable, Sendable {
        case standard(parents: [TypeReference], shape: TypeExpression, tags: TypeExpression?)
        /// Only entities with these identifiers exist.
        case enumeration([Text])
    }

    /// The name.
    public let name: Text
    /// What its entities are.
    public let kind: Kind
    /// The annotations, by name.
    public internal(set) var annotations: [SchemaAnnotation] = []
    let place: DeclarationPlace
}

/// `action name …;`
public struct ActionDeclaration: Hashable, Sendable {
    /// `principal: …, resource: …, context: …`
    public struct Scope: Hashable, Sendable {
        /// The types of principals.
        public let principals: [TypeReference]
        /// The types of resources that it can be taken on.
        public let resources: [TypeReference]
        /// The type of the context.
        public let context: TypeExpression
    }

    /// A group that an action is in.
    public struct Group: Hashable, Sendable {
        /// The type as written; nil is `Action` in the namespace of the declaration, or outside of all.
        public let type: Name?
        /// The id of the group.
        public let id: Text
        let span: SourceSpan?

        /// Equal but for the place.
        public static func == (left: Self, right: Self) -> Bool { left.type == right.type && left.id == right.id }

        /// Hashes what `==` compares.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(type)
            hasher.combine(id)
        }
    }

    /// The name.
    public let name: Text
    /// What it applies to; nil when nothing was written.
    public let scope: Scope?
    /// Nil when nothing was written, which JSON keeps apart from an empty list.
    public let groups: [Group]?
    /// The annotations, by name.
    public internal(set) var annotations: [SchemaAnnotation] = []
    let place: DeclarationPlace
}

/// Where a declaration stands; nil for JSON. Does not count when declarations are compared.
struct DeclarationPlace: Hashable, Sendable {
    let span: SourceSpan?

    init(_ span: SourceSpan? = nil) { self.span = span }

    static func == (left: Self, right: Self) -> Bool { true }

    func hash(into hasher: inout Hasher) {}
}
