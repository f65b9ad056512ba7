extension CedarType {
    /// Whether a value has this type.
    func contains(_ value: Value) -> Bool {
        switch (self, value) {
        case (.boolean(.any), .bool), (.long, .long), (.string, .string): true
        case (.boolean(.true), .bool(let value)): value
        case (.boolean(.false), .bool(let value)): !value
        case (.entity(.any), .entity): true
        case (.entity(.of(let types)), .entity(let uid)): types.contains(uid.type)
        case (.set(nil), .set): true
        case (.set(.some(let element)), .set(let set)): set.elements.allSatisfy(element.contains)
        case (.record(let type), .record(let record)): type.contains(record)
        case (.extension(let type), _): value.extensionType == type
        default: false
        }
    }
}

extension RecordType {
    /// Whether a record has all that is required, nothing else than what is declared, and the types fit.
    func contains(_ record: Record) -> Bool {
        let fits = record.fields.allSatisfy { field in self[field.key]?.type.contains(field.value) ?? isOpen }
        return fits && attributes.allSatisfy { !$0.isRequired || record[$0.name] != nil }
    }
}

extension Value {
    /// Nil for values of other types.
    var extensionType: ExtensionType? {
        switch self {
        case .decimal: .decimal
        case .ip: .ipaddr
        case .datetime: .datetime
        case .duration: .duration
        case .bool, .long, .string, .entity, .set, .record: nil
        }
    }

    /// The first entity inside for which `isWanted` holds.
    func firstEntity(where isWanted: (EntityUID) -> Bool) -> EntityUID? {
        switch self {
        case .entity(let uid): return isWanted(uid) ? uid : nil
        case .set(let set):
            for element in set.elements {
                if let found = element.firstEntity(where: isWanted) { return found }
            }
        case .record(let record):
            for field in record.fields {
                if let found = field.value.firstEntity(where: isWanted) { return found }
            }
        case .bool, .long, .string, .decimal, .ip, .datetime, .duration: break
        }
        return nil
    }
}
