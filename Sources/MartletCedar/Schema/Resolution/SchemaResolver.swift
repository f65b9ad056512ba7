/// Looks up all names of a schema and checks what holds between its declarations.
/// Source: cedar-policy 4.12, `ValidatorSchema::from_schema_fragments`.
struct SchemaResolver {
    private let document: SchemaDocument
    private let limits: SchemaLimits
    private let names: SchemaNames
    private let types: TypeResolver
    /// The entity types that were declared; those of actions are not.
    private var declared: Set<Name> = []

    static func resolve(_ document: SchemaDocument, limits: SchemaLimits) throws(SchemaError) -> Schema {
        let resolver = try SchemaResolver(document, limits)
        return Schema(entityTypes: try resolver.entityTypes(), actions: try resolver.actions())
    }

    private init(_ document: SchemaDocument, _ limits: SchemaLimits) throws(SchemaError) {
        self.document = document
        self.limits = limits
        names = try SchemaNames(document)
        types = try TypeResolver(document, names, limits)
        for namespace in document.namespaces {
            for type in namespace.entityTypes { declared.insert(Name(unchecked: type.name).inside(namespace.name)) }
        }
    }

    private func entityTypes() throws(SchemaError) -> [EntityType: Schema.EntityDefinition] {
        var parents: [EntityType: [EntityType]] = [:]
        try eachEntityType { name, type, namespace throws(SchemaError) in
            guard case .standard(let references, _, _) = type.kind else { return }
            parents[name] = try references.map { reference throws(SchemaError) in
                try declaredType(reference, in: namespace)
            }
        }
        guard let hierarchy = Hierarchy(parents, limit: limits.maximumHierarchyPairs) else {
            throw SchemaError(.tooLarge(limit: "pairs of the entity hierarchy"))
        }
        var definitions: [EntityType: Schema.EntityDefinition] = [:]
        try eachEntityType { name, type, namespace throws(SchemaError) in
            let members = try members(of: type, name, in: namespace)
            definitions[name] = Schema.EntityDefinition(
                name: name, shape: members.shape, tags: members.tags, ids: members.ids,
                descendants: hierarchy.descendants[name] ?? [], ancestors: hierarchy.ancestors[name] ?? [])
        }
        return definitions
    }

    private func members(
        of type: EntityTypeDeclaration, _ name: Name, in namespace: Name?
    ) throws(SchemaError) -> (shape: RecordType, tags: CedarType?, ids: [Text]?) {
        switch type.kind {
        case .enumeration(let ids): return (.empty, nil, ids)
        case .standard(_, let shape, let tags):
            let shape = try types.record(shape, in: namespace, of: name.description)
            guard let tags else { return (shape, nil, nil) }
            return (shape, try types.resolve(tags, in: namespace), nil)
        }
    }

    private func eachEntityType(
        _ body: (Name, EntityTypeDeclaration, Name?) throws(SchemaError) -> Void
    ) throws(SchemaError) {
        for namespace in document.namespaces {
            for type in namespace.entityTypes {
                try body(Name(unchecked: type.name).inside(namespace.name), type, namespace.name)
            }
        }
    }

    /// An entity type that can be a parent, principal or resource: the types of actions cannot.
    private func declaredType(_ reference: TypeReference, in namespace: Name?) throws(SchemaError) -> Name {
        let name = try names.entityType(reference, in: namespace)
        guard declared.contains(name) else {
            throw SchemaError(.undeclaredEntityType(name.description), at: reference.span)
        }
        return name
    }
}

extension SchemaResolver {
    private func actions() throws(SchemaError) -> [EntityUID: Schema.ActionDefinition] {
        var parents: [EntityUID: [EntityUID]] = [:]
        for namespace in document.namespaces {
            for action in namespace.actions {
                parents[SchemaNames.uid(of: action, in: namespace)] = try (action.groups ?? []).map {
                    group throws(SchemaError) in try names.action(group, in: namespace.name)
                }
            }
        }
        guard let hierarchy = Hierarchy(parents, limit: limits.maximumHierarchyPairs) else {
            throw SchemaError(.tooLarge(limit: "pairs of the action hierarchy"))
        }
        if let cyclic = hierarchy.cyclic { throw SchemaError(.cyclicActionGroup(cyclic.description)) }
        var definitions: [EntityUID: Schema.ActionDefinition] = [:]
        var environments = 0
        for namespace in document.namespaces {
            for action in namespace.actions {
                let definition = try self.action(action, in: namespace, hierarchy)
                environments += definition.principals.count * definition.resources.count
                guard environments <= limits.maximumEnvironments else {
                    throw SchemaError(.tooLarge(limit: "request environments"))
                }
                definitions[definition.uid] = definition
            }
        }
        return definitions
    }

    private func action(
        _ action: ActionDeclaration, in namespace: SchemaNamespace, _ hierarchy: Hierarchy<EntityUID>
    ) throws(SchemaError) -> Schema.ActionDefinition {
        let uid = SchemaNames.uid(of: action, in: namespace)
        return Schema.ActionDefinition(
            uid: uid, principals: try declaredTypes(action.scope?.principals ?? [], in: namespace.name),
            resources: try declaredTypes(action.scope?.resources ?? [], in: namespace.name),
            context: try types.record(
                action.scope?.context ?? .emptyRecord, in: namespace.name, of: uid.description),
            descendants: hierarchy.descendants[uid] ?? [], ancestors: hierarchy.ancestors[uid] ?? [])
    }

    private func declaredTypes(_ references: [TypeReference], in namespace: Name?) throws(SchemaError) -> [Name] {
        var types: Set<Name> = []
        for reference in references { types.insert(try declaredType(reference, in: namespace)) }
        return types.sorted()
    }
}
