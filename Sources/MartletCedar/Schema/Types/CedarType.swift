/// The type of an expression or value, as the validator sees it. Source: cedar-policy 4.12, `validator/types.rs`;
/// cedar-spec, `Validation/Types.lean`.
public indirect enum CedarType: Hashable, Sendable {
    /// No value has it: the type of the elements of `[]`.
    case never
    case boolean(BooleanType)
    case long
    case string
    case entity(EntityTypes)
    /// With nil, sets of anything; only what operators expect has that type.
    case set(CedarType?)
    case record(RecordType)
    case `extension`(ExtensionType)

    static let bool = CedarType.boolean(.any)
    static let anyEntity = CedarType.entity(.any)
    /// A supertype of all records.
    static let anyRecord = CedarType.record(RecordType([], isOpen: true))

    static func entity(_ type: EntityType) -> CedarType { .entity(.of([type])) }

    var isRecord: Bool {
        if case .record = self { true } else { false }
    }

    /// How much there is to compare.
    var size: Int {
        switch self {
        case .record(let record): record.size
        case .set(.some(let element)): 1 + element.size
        case .entity(.of(let types)): types.count
        default: 1
        }
    }
}

/// What is known about a boolean.
public enum BooleanType: Hashable, Sendable {
    case any, `true`, `false`
}

/// Which types an entity can have.
public enum EntityTypes: Hashable, Sendable {
    /// Every type; for slots whose type is open.
    case any
    /// One of these. In strict mode always exactly one; a set only as the least upper bound of permissive mode.
    case of(Set<EntityType>)

    /// The only type it can have.
    var single: EntityType? {
        if case .of(let types) = self, types.count == 1 { types.first } else { nil }
    }
}

/// The extension types.
public enum ExtensionType: String, Hashable, Sendable, CaseIterable {
    case decimal, ipaddr, datetime, duration

    static func named(_ name: Text) -> ExtensionType? { ExtensionType(rawValue: name.string) }

    /// Whether `<` and its relatives compare it.
    var isOrdered: Bool {
        switch self {
        case .datetime, .duration: true
        case .decimal, .ipaddr: false
        }
    }
}

/// The attributes of a record, or of the entities of a type.
public struct RecordType: Hashable, Sendable {
    /// One attribute.
    public struct Attribute: Hashable, Sendable {
        /// The name.
        public let name: Text
        /// The type.
        public let type: CedarType
        /// Whether every record has it.
        public let isRequired: Bool
    }

    /// By the bytes of their names.
    public let attributes: [Attribute]
    /// Whether records may have others besides; only least upper bounds of permissive mode do.
    public let isOpen: Bool

    /// How much there is to compare, records inside included.
    let size: Int

    static let empty = RecordType([])

    /// The attributes are sorted and their names differ.
    init(_ attributes: [Attribute], isOpen: Bool = false) {
        self.attributes = attributes
        self.isOpen = isOpen
        size = attributes.reduce(1) { min($0 + $1.type.size, 1 << 40) }
    }

    /// The attribute of this name; nil when there is none.
    public subscript(name: Text) -> Attribute? {
        var low = 0
        var high = attributes.count
        while low < high {
            let middle = (low + high) / 2
            if attributes[middle].name == name { return attributes[middle] }
            if attributes[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// Whether both have the same names.
    func hasNames(of other: RecordType) -> Bool {
        attributes.count == other.attributes.count
            && zip(attributes, other.attributes).allSatisfy { $0.name == $1.name }
    }
}
