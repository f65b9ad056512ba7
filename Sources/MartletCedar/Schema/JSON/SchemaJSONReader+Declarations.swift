import MartletJSON

extension SchemaJSONReader {
    mutating func entityType(_ key: String, _ value: JSONValue) throws(SchemaError) -> EntityTypeDeclaration {
        let name = try declared(key)
        try require(value, .object, "an entity type")
        let isEnumeration = value["enum"] != nil
        try refuseOthers(value, isEnumeration ? ["enum", "annotations"] : Self.entityMembers)
        return EntityTypeDeclaration(
            name: name, kind: isEnumeration ? try enumeration(value) : try standardEntity(value),
            annotations: try annotations(value), place: DeclarationPlace())
    }

    private static let entityMembers: [StaticString] = ["memberOfTypes", "shape", "tags", "annotations"]

    private func enumeration(_ value: JSONValue) throws(SchemaError) -> EntityTypeDeclaration.Kind {
        guard let list = value["enum"] else { throw wrong("the member `enum`", at: nil) }
        let ids = try array(list).map { id throws(SchemaError) in try string(id) }
        guard !ids.isEmpty else { throw wrong("at least one id", at: "enum") }
        return .enumeration(ids)
    }

    private mutating func standardEntity(_ value: JSONValue) throws(SchemaError) -> EntityTypeDeclaration.Kind {
        var shape = TypeExpression.emptyRecord
        var tags: TypeExpression?
        if let type = value["shape"] {
            shape = try within("shape") { reader throws(SchemaError) in try reader.type(type) }
        }
        if let type = value["tags"] {
            tags = try within("tags") { reader throws(SchemaError) in try reader.type(type) }
        }
        return .standard(parents: try references(value["memberOfTypes"]), shape: shape, tags: tags)
    }

    private func references(_ value: JSONValue?) throws(SchemaError) -> [TypeReference] {
        guard let value else { return [] }
        return try array(value).map { name throws(SchemaError) in try reference(name) }
    }

    mutating func action(_ key: String, _ value: JSONValue) throws(SchemaError) -> ActionDeclaration {
        try require(value, .object, "an action")
        try refuseOthers(value, ["attributes", "appliesTo", "memberOf", "annotations"])
        guard value["attributes"]?.isNull ?? true else { throw SchemaError(.actionAttributes(key)) }
        return ActionDeclaration(
            name: Text(key), scope: try scope(value), groups: try groups(value["memberOf"]),
            annotations: try annotations(value), place: DeclarationPlace())
    }

    private mutating func scope(_ value: JSONValue) throws(SchemaError) -> ActionDeclaration.Scope? {
        guard let scope = value["appliesTo"], !scope.isNull else { return nil }
        return try within("appliesTo") { reader throws(SchemaError) in
            try reader.require(scope, .object, "an object")
            try reader.refuseOthers(scope, ["principalTypes", "resourceTypes", "context"])
            guard let principals = scope["principalTypes"], let resources = scope["resourceTypes"] else {
                throw reader.wrong("the members `principalTypes` and `resourceTypes`", at: nil)
            }
            var context = TypeExpression.emptyRecord
            if let type = scope["context"] {
                context = try reader.within("context") { reader throws(SchemaError) in try reader.type(type) }
            }
            return ActionDeclaration.Scope(
                principals: try reader.references(principals), resources: try reader.references(resources),
                context: context)
        }
    }

    private func groups(_ value: JSONValue?) throws(SchemaError) -> [ActionDeclaration.Group]? {
        guard let value, !value.isNull else { return nil }
        return try array(value).map { group throws(SchemaError) in
            try require(group, .object, "an action")
            try refuseOthers(group, ["id", "type"])
            guard let id = group["id"]?.string else { throw wrong("the member `id`", at: nil) }
            guard let type = group["type"], !type.isNull else {
                return ActionDeclaration.Group(type: nil, id: Text(id), span: nil)
            }
            return ActionDeclaration.Group(type: try reference(type).name, id: Text(id), span: nil)
        }
    }
}
