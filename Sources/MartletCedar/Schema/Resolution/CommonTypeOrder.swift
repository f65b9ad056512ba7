/// A common type with its full name.
struct CommonTypeDefinition {
    let name: Name
    let namespace: Name?
    let declaration: CommonTypeDeclaration
}

/// Puts common types into an order in which each is defined before it is used.
enum CommonTypeOrder {
    /// Refuses types that are defined by themselves. Takes no recursion, however long the chains are.
    static func sorted(
        _ document: SchemaDocument, _ names: SchemaNames
    ) throws(SchemaError) -> [CommonTypeDefinition] {
        var waiting: [Name: CommonTypeDefinition] = [:]
        var users: [Name: [Name]] = [:]
        var missing: [Name: Int] = [:]
        var order: [Name] = []
        for namespace in document.namespaces {
            for declaration in namespace.commonTypes {
                let name = Name(unchecked: declaration.name).inside(namespace.name)
                waiting[name] = CommonTypeDefinition(name: name, namespace: namespace.name, declaration: declaration)
                order.append(name)
            }
        }
        for name in order {
            guard let definition = waiting[name] else { continue }
            var used: Set<Name> = []
            try collect(definition.declaration.definition, definition.namespace, names, into: &used)
            used = used.filter { waiting[$0] != nil }
            missing[name] = used.count
            for type in used { users[type, default: []].append(name) }
        }
        return try drain(order, waiting, users, &missing)
    }

    private static func drain(
        _ order: [Name], _ definitions: [Name: CommonTypeDefinition], _ users: [Name: [Name]],
        _ missing: inout [Name: Int]
    ) throws(SchemaError) -> [CommonTypeDefinition] {
        var ready = order.filter { missing[$0] == 0 }
        var sorted: [CommonTypeDefinition] = []
        while let name = ready.popLast() {
            if let definition = definitions[name] { sorted.append(definition) }
            for user in users[name] ?? [] {
                let left = (missing[user] ?? 0) - 1
                missing[user] = left
                if left == 0 { ready.append(user) }
            }
        }
        guard let cyclic = order.first(where: { missing[$0] != 0 }) else { return sorted }
        throw SchemaError(.cyclicCommonType(cyclic.description), at: definitions[cyclic]?.declaration.place.span)
    }

    private static func collect(
        _ type: TypeExpression, _ namespace: Name?, _ names: SchemaNames, into used: inout Set<Name>
    ) throws(SchemaError) {
        switch type {
        case .boolean, .long, .string, .entity, .extension: return
        case .common(let reference): used.insert(try names.commonType(reference, in: namespace))
        case .entityOrCommon(let reference):
            let found = try names.type(reference, in: namespace)
            if found.isCommon { used.insert(found.name) }
        case .set(let element): try collect(element, namespace, names, into: &used)
        case .record(let attributes):
            for attribute in attributes { try collect(attribute.type, namespace, names, into: &used) }
        }
    }
}
