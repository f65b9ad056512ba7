import MartletJSON

extension SchemaDocument {
    /// The schema as JSON, without whitespace; what was read as text refers to its types as `EntityOrCommon`.
    public var json: [UInt8] {
        var writer = SchemaJSONWriter()
        writer.document(self)
        return writer.bytes
    }
}

/// Writes the JSON form of schemas. Defaults are left out, as the reference does.
struct SchemaJSONWriter {
    private var json = JSONWriter()

    var bytes: [UInt8] { json.bytes }

    mutating func document(_ document: SchemaDocument) {
        json.beginObject()
        for namespace in document.namespaces {
            json.key(namespace.name?.description ?? "")
            self.namespace(namespace)
        }
        json.endObject()
    }

    private mutating func namespace(_ namespace: SchemaNamespace) {
        json.beginObject()
        if !namespace.commonTypes.isEmpty {
            json.key("commonTypes")
            json.beginObject()
            for type in namespace.commonTypes {
                json.key(type.name.string)
                self.type(type.definition, annotations: type.annotations)
            }
            json.endObject()
        }
        json.key("entityTypes")
        json.beginObject()
        for type in namespace.entityTypes { entityType(type) }
        json.endObject()
        json.key("actions")
        json.beginObject()
        for action in namespace.actions { self.action(action) }
        json.endObject()
        annotations(namespace.annotations)
        json.endObject()
    }

    private mutating func entityType(_ type: EntityTypeDeclaration) {
        json.key(type.name.string)
        json.beginObject()
        switch type.kind {
        case .enumeration(let ids):
            json.key("enum")
            strings(ids.map(\.string))
        case .standard(let parents, let shape, let tags):
            if !parents.isEmpty {
                json.key("memberOfTypes")
                strings(parents.map(\.name.description))
            }
            if !shape.isEmptyRecord {
                json.key("shape")
                self.type(shape)
            }
            if let tags {
                json.key("tags")
                self.type(tags)
            }
        }
        annotations(type.annotations)
        json.endObject()
    }

    private mutating func action(_ action: ActionDeclaration) {
        json.key(action.name.string)
        json.beginObject()
        if let scope = action.scope {
            json.key("appliesTo")
            json.beginObject()
            json.key("resourceTypes")
            strings(scope.resources.map(\.name.description))
            json.key("principalTypes")
            strings(scope.principals.map(\.name.description))
            if !scope.context.isEmptyRecord {
                json.key("context")
                type(scope.context)
            }
            json.endObject()
        }
        if let groups = action.groups {
            json.key("memberOf")
            json.beginArray()
            for group in groups { self.group(group) }
            json.endArray()
        }
        annotations(action.annotations)
        json.endObject()
    }

    private mutating func group(_ group: ActionDeclaration.Group) {
        json.beginObject()
        json.key("id")
        json.string(group.id.string)
        if let type = group.type {
            json.key("type")
            json.string(type.description)
        }
        json.endObject()
    }
}

extension SchemaJSONWriter {
    private mutating func type(
        _ type: TypeExpression, isRequired: Bool = true, annotations: [SchemaAnnotation] = []
    ) {
        json.beginObject()
        json.key("type")
        switch type {
        case .boolean: json.string("Boolean")
        case .long: json.string("Long")
        case .string: json.string("String")
        case .entity(let reference): named("Entity", reference.name.description)
        case .common(let reference): json.string(reference.name.description)
        case .entityOrCommon(let reference): named("EntityOrCommon", reference.name.description)
        case .extension(let name): named("Extension", name.string)
        case .set(let element):
            json.string("Set")
            json.key("element")
            self.type(element)
        case .record(let attributes):
            json.string("Record")
            json.key("attributes")
            json.beginObject()
            for attribute in attributes {
                json.key(attribute.name.string)
                self.type(attribute.type, isRequired: attribute.isRequired, annotations: attribute.annotations)
            }
            json.endObject()
        }
        if !isRequired {
            json.key("required")
            json.bool(false)
        }
        self.annotations(annotations)
        json.endObject()
    }

    private mutating func named(_ type: String, _ name: String) {
        json.string(type)
        json.key("name")
        json.string(name)
    }

    private mutating func strings(_ strings: [String]) {
        json.beginArray()
        for string in strings { json.string(string) }
        json.endArray()
    }

    private mutating func annotations(_ annotations: [SchemaAnnotation]) {
        guard !annotations.isEmpty else { return }
        json.key("annotations")
        json.beginObject()
        for annotation in annotations {
            json.key(annotation.key.string)
            json.string(annotation.value.string)
        }
        json.endObject()
    }
}
