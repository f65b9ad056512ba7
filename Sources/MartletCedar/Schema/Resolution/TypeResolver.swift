/// Turns the types of a schema as written into what they mean: common types are put in place of their names.
///
/// Definitions are shared, so that a type may be much larger than its text; the sizes are counted before anything walks
/// over it.
struct TypeResolver {
    /// A type with its size, everything in place.
    private struct Sized {
        let type: CedarType
        var nodes = 1
        var depth = 1
    }

    private let names: SchemaNames
    private let limits: SchemaLimits
    private var commonTypes: [Name: Sized] = [:]

    init(_ document: SchemaDocument, _ names: SchemaNames, _ limits: SchemaLimits) throws(SchemaError) {
        self.names = names
        self.limits = limits
        for (name, type) in SchemaNames.builtIn {
            commonTypes[SchemaNames.builtIn(name)] = Sized(type: type)
            commonTypes[Name(unchecked: name)] = Sized(type: type)
        }
        for definition in try CommonTypeOrder.sorted(document, names) {
            commonTypes[definition.name] = try sized(definition.declaration.definition, in: definition.namespace)
        }
    }

    /// What a type means.
    func resolve(_ expression: TypeExpression, in namespace: Name?) throws(SchemaError) -> CedarType {
        try sized(expression, in: namespace).type
    }

    /// The record that the shape or context of `owner` means.
    func record(_ expression: TypeExpression, in namespace: Name?, of owner: String) throws(SchemaError) -> RecordType {
        guard case .record(let record) = try resolve(expression, in: namespace) else {
            throw SchemaError(.notARecord(owner))
        }
        return record
    }

    private func sized(_ expression: TypeExpression, in namespace: Name?) throws(SchemaError) -> Sized {
        switch expression {
        case .boolean: return Sized(type: .bool)
        case .long: return Sized(type: .long)
        case .string: return Sized(type: .string)
        case .entity(let reference): return Sized(type: .entity(try names.entityType(reference, in: namespace)))
        case .common(let reference): return try common(try names.commonType(reference, in: namespace), reference)
        case .entityOrCommon(let reference):
            let found = try names.type(reference, in: namespace)
            return found.isCommon ? try common(found.name, reference) : Sized(type: .entity(found.name))
        case .extension(let name):
            guard let type = ExtensionType.named(name) else { throw SchemaError(.unknownExtensionType(name.string)) }
            return Sized(type: .extension(type))
        case .set(let element):
            let element = try sized(element, in: namespace)
            return try checked(
                Sized(type: .set(element.type), nodes: 1 + element.nodes, depth: 1 + element.depth))
        case .record(let attributes): return try record(attributes, in: namespace)
        }
    }

    private func common(_ name: Name, _ reference: TypeReference) throws(SchemaError) -> Sized {
        guard let type = commonTypes[name] else {
            throw SchemaError(.undefinedType(reference.name.description), at: reference.span)
        }
        return type
    }

    private func record(_ attributes: [AttributeDeclaration], in namespace: Name?) throws(SchemaError) -> Sized {
        var members: [RecordType.Attribute] = []
        var nodes = 1
        var depth = 0
        for attribute in attributes {
            let member = try sized(attribute.type, in: namespace)
            nodes += member.nodes
            depth = max(depth, member.depth)
            members.append(
                RecordType.Attribute(name: attribute.name, type: member.type, isRequired: attribute.isRequired))
        }
        members.sort { $0.name < $1.name }
        return try checked(Sized(type: .record(RecordType(members)), nodes: nodes, depth: 1 + depth))
    }

    private func checked(_ type: Sized) throws(SchemaError) -> Sized {
        guard type.nodes <= limits.maximumTypeNodes else { throw SchemaError(.tooLarge(limit: "types in one type")) }
        guard type.depth <= limits.maximumTypeDepth else { throw SchemaError(.tooLarge(limit: "nesting of a type")) }
        return type
    }
}
