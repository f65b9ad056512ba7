/// What a schema declares, and how a name that is used finds it. Source: RFC 24, RFC 70; cedar-policy 4.12, `AllDefs`.
struct SchemaNames {
    private(set) var entityTypes: Set<Name> = []
    private(set) var commonTypes: Set<Name> = []
    private(set) var actions: Set<EntityUID> = []

    /// The types that lie in `__cedar`, and outside of all namespaces where nothing else has their name.
    static let builtIn: [(name: Text, type: CedarType)] =
        [("Bool", .bool), ("Long", .long), ("String", .string)]
        + ExtensionType.allCases.map { (Text($0.rawValue), .extension($0)) }

    private static let cedar = Name(unchecked: "__cedar")

    /// The full name of a built-in type.
    static func builtIn(_ name: Text) -> Name { Name(unchecked: name).inside(cedar) }

    init(_ document: SchemaDocument) throws(SchemaError) {
        for namespace in document.namespaces {
            for type in namespace.entityTypes {
                guard !Name(unchecked: type.name).isAction else {
                    throw SchemaError(.actionTypeDeclared, at: type.place.span)
                }
                entityTypes.insert(Name(unchecked: type.name).inside(namespace.name))
            }
            for type in namespace.commonTypes {
                commonTypes.insert(Name(unchecked: type.name).inside(namespace.name))
            }
            for action in namespace.actions { actions.insert(Self.uid(of: action, in: namespace)) }
        }
        try refuseShadowing()
        for (name, _) in Self.builtIn { commonTypes.insert(Self.builtIn(name)) }
        for (name, _) in Self.builtIn where !entityTypes.contains(Name(unchecked: name)) {
            commonTypes.insert(Name(unchecked: name))
        }
        entityTypes.formUnion(actions.map(\.type))
    }

    static func uid(of action: ActionDeclaration, in namespace: SchemaNamespace) -> EntityUID {
        EntityUID(type: Name(unchecked: "Action").inside(namespace.name), id: action.name)
    }

    /// No name in a namespace may be that of something outside of all namespaces. Source: RFC 70.
    private func refuseShadowing() throws(SchemaError) {
        let types = entityTypes.union(commonTypes)
        for name in types.sorted() where name.namespace != nil && types.contains(Name(unchecked: name.basename)) {
            throw SchemaError(.shadowing(name.description, shadowed: name.basename.string))
        }
        let action = Name(unchecked: "Action")
        for uid in actions.sorted() where uid.type != action {
            let shadowed = EntityUID(type: action, id: uid.id)
            guard !actions.contains(shadowed) else {
                throw SchemaError(.shadowing(uid.description, shadowed: shadowed.description))
            }
        }
    }

    /// Where a name may lie: in its namespace first; a name with `::` is complete.
    private func places(of name: Name, in namespace: Name?) -> [Name] {
        namespace != nil && name.namespace == nil ? [name.inside(namespace), name] : [name]
    }

    func entityType(_ reference: TypeReference, in namespace: Name?) throws(SchemaError) -> Name {
        guard let found = places(of: reference.name, in: namespace).first(where: entityTypes.contains) else {
            throw SchemaError(.undefinedType(reference.name.description), at: reference.span)
        }
        return found
    }

    func commonType(_ reference: TypeReference, in namespace: Name?) throws(SchemaError) -> Name {
        guard let found = places(of: reference.name, in: namespace).first(where: commonTypes.contains) else {
            throw SchemaError(.undefinedType(reference.name.description), at: reference.span)
        }
        return found
    }

    /// Common types go before entity types of the same name, and the namespace before what lies outside.
    func type(
        _ reference: TypeReference, in namespace: Name?
    ) throws(SchemaError) -> (name: Name, isCommon: Bool) {
        for place in places(of: reference.name, in: namespace) {
            if commonTypes.contains(place) { return (place, true) }
            if entityTypes.contains(place) { return (place, false) }
        }
        throw SchemaError(.undefinedType(reference.name.description), at: reference.span)
    }

    func action(_ group: ActionDeclaration.Group, in namespace: Name?) throws(SchemaError) -> EntityUID {
        let type = group.type ?? Name(unchecked: "Action")
        for place in places(of: type, in: namespace) {
            let uid = EntityUID(type: place, id: group.id)
            if actions.contains(uid) { return uid }
        }
        throw SchemaError(
            .undefinedAction(EntityUID(type: type, id: group.id).description), at: group.span)
    }
}
