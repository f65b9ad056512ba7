extension SchemaDocument {
    /// The schema as Cedar schema text; the same for all documents that say the same.
    public func text() throws(SchemaError) -> String {
        var printer = SchemaPrinter()
        try printer.document(self)
        return printer.text
    }
}

/// Writes schema text. Source: cedar-policy 4.12, `cedar_schema/fmt.rs`.
struct SchemaPrinter {
    private(set) var text = ""
    private var indentation = 0

    mutating func document(_ document: SchemaDocument) throws(SchemaError) {
        for (index, namespace) in document.namespaces.enumerated() {
            if index > 0 { text += "\n" }
            guard let name = namespace.name else {
                try declarations(namespace)
                continue
            }
            try refuseAmbiguity(namespace)
            annotations(namespace.annotations)
            text += "namespace \(name) {\n"
            indentation += 1
            try declarations(namespace)
            indentation -= 1
            text += "}\n"
        }
    }

    /// Text knows one kind of names only, and looks for common types first.
    private func refuseAmbiguity(_ namespace: SchemaNamespace) throws(SchemaError) {
        let entityTypes = Set(namespace.entityTypes.map(\.name))
        guard let both = namespace.commonTypes.first(where: { entityTypes.contains($0.name) }) else { return }
        throw SchemaError(.notExpressible(Name(unchecked: both.name).inside(namespace.name).description))
    }

    private mutating func declarations(_ namespace: SchemaNamespace) throws(SchemaError) {
        var isFirst = true
        for declaration in namespace.commonTypes {
            separate(&isFirst)
            annotations(declaration.annotations)
            indent()
            text += "type \(declaration.name) = "
            type(declaration.definition)
            text += ";\n"
        }
        for declaration in namespace.entityTypes {
            separate(&isFirst)
            try entityType(declaration)
        }
        for declaration in namespace.actions {
            separate(&isFirst)
            action(declaration)
        }
    }

    private mutating func entityType(_ declaration: EntityTypeDeclaration) throws(SchemaError) {
        annotations(declaration.annotations)
        indent()
        text += "entity \(declaration.name)"
        switch declaration.kind {
        case .enumeration(let ids): text += " enum [\(ids.map(Quoted.string).joined(separator: ", "))]"
        case .standard(let parents, let shape, let tags):
            if !parents.isEmpty { text += " in \(list(parents))" }
            if !shape.isEmptyRecord {
                guard case .record = shape else { throw SchemaError(.notExpressible(declaration.name.string)) }
                text += " = "
                type(shape)
            }
            if let tags {
                text += " tags "
                type(tags)
            }
        }
        text += ";\n"
    }

    private mutating func action(_ declaration: ActionDeclaration) {
        annotations(declaration.annotations)
        indent()
        text += "action \(Quoted.string(declaration.name))"
        if let groups = declaration.groups, !groups.isEmpty {
            text += " in [\(groups.map(\.description).joined(separator: ", "))]"
        }
        if let scope = declaration.scope, !scope.principals.isEmpty, !scope.resources.isEmpty { self.scope(scope) }
        text += ";\n"
    }

    private mutating func scope(_ scope: ActionDeclaration.Scope) {
        text += " appliesTo {\n"
        indentation += 1
        indent()
        text += "principal: \(list(scope.principals)),\n"
        indent()
        text += "resource: \(list(scope.resources)),\n"
        indent()
        text += "context: "
        type(scope.context)
        indentation -= 1
        text += "\n"
        indent()
        text += "}"
    }

    private mutating func type(_ type: TypeExpression) {
        switch type {
        case .boolean: text += "__cedar::Bool"
        case .long: text += "__cedar::Long"
        case .string: text += "__cedar::String"
        case .extension(let name): text += "__cedar::\(name)"
        case .entity(let reference), .common(let reference), .entityOrCommon(let reference):
            text += reference.name.description
        case .set(let element):
            text += "Set<"
            self.type(element)
            text += ">"
        case .record(let attributes): record(attributes)
        }
    }

    private mutating func record(_ attributes: [AttributeDeclaration]) {
        text += "{"
        indentation += 1
        for (index, attribute) in attributes.enumerated() {
            text += index == 0 ? "\n" : ",\n"
            annotations(attribute.annotations)
            indent()
            let isName = Identifier.isValid(attribute.name.utf8) && !Name(unchecked: attribute.name).isReserved
            text += isName ? attribute.name.string : Quoted.string(attribute.name)
            text += attribute.isRequired ? ": " : "?: "
            type(attribute.type)
        }
        indentation -= 1
        if !attributes.isEmpty {
            text += "\n"
            indent()
        }
        text += "}"
    }

    private mutating func annotations(_ annotations: [SchemaAnnotation]) {
        for annotation in annotations {
            indent()
            text += "@\(annotation.key)"
            if !annotation.value.isEmpty { text += "(\(Quoted.string(annotation.value)))" }
            text += "\n"
        }
    }

    private func list(_ references: [TypeReference]) -> String {
        "[\(references.map(\.name.description).joined(separator: ", "))]"
    }

    /// An empty line between declarations.
    private mutating func separate(_ isFirst: inout Bool) {
        if !isFirst { text += "\n" }
        isFirst = false
    }

    private mutating func indent() { text += String(repeating: "  ", count: indentation) }
}

extension ActionDeclaration.Group: CustomStringConvertible {
    /// As schema text, for example `"a"` or `N::Action::"a"`.
    public var description: String { (type.map { "\($0)::" } ?? "") + Quoted.string(id) }
}
