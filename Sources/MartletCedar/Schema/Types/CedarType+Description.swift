extension CedarType: CustomStringConvertible {
    /// The type as a schema writes it; what schemas cannot write is in `__cedar::internal`.
    public var description: String {
        switch self {
        case .never: "__cedar::internal::Never"
        case .boolean(.any): "Bool"
        case .boolean(.true): "__cedar::internal::True"
        case .boolean(.false): "__cedar::internal::False"
        case .long: "Long"
        case .string: "String"
        case .entity(let types): types.description
        case .set(let element): "Set<\(element?.description ?? "__cedar::internal::Any")>"
        case .record(let record): record.description
        case .extension(let type): type.rawValue
        }
    }
}

extension EntityTypes: CustomStringConvertible {
    /// The type, or the list of them.
    public var description: String {
        switch self {
        case .any: "__cedar::internal::AnyEntity"
        case .of(let types):
            single?.description
                ?? "__cedar::internal::Union<\(types.sorted().map(\.description).joined(separator: ", "))>"
        }
    }
}

extension RecordType: CustomStringConvertible {
    /// `{a: Long, "b c"?: String}`
    public var description: String {
        let fields = attributes.map { attribute in
            let name =
                Identifier.isValid(attribute.name.utf8) ? attribute.name.string : Quoted.string(attribute.name)
            return "\(name)\(attribute.isRequired ? "" : "?"): \(attribute.type)"
        }
        return "\(isOpen ? "__cedar::internal::OpenRecord" : ""){\(fields.joined(separator: ", "))}"
    }
}
