/// A schema, looked up and checked: what entities, actions and requests there are.
public struct Schema: Sendable {
    /// A type of entities.
    public struct EntityDefinition: Hashable, Sendable {
        /// The name.
        public let name: EntityType
        /// The attributes.
        public let shape: RecordType
        /// The type of all tags; nil when entities cannot have any.
        public let tags: CedarType?
        /// The only ids there are; nil when every text is one.
        public let ids: [Text]?
        /// The types whose entities can be in one of this type, in any number of steps.
        public let descendants: Set<EntityType>
        /// The types that an entity of this type can be in, in any number of steps.
        public let ancestors: Set<EntityType>
    }

    /// An action.
    public struct ActionDefinition: Hashable, Sendable {
        /// The identity.
        public let uid: EntityUID
        /// The types of principals that can take it, each once.
        public let principals: [EntityType]
        /// The types of resources that it can be taken on.
        public let resources: [EntityType]
        /// The type of the context.
        public let context: RecordType
        /// The actions that are in it as in a group, in any number of steps.
        public let descendants: Set<EntityUID>
        /// The groups that it is in, in any number of steps.
        public let ancestors: Set<EntityUID>
    }

    /// By name.
    public let entityTypes: [EntityType: EntityDefinition]
    /// The actions.
    public let actions: [EntityUID: ActionDefinition]
    /// The actions in the order of their identities.
    let sortedActions: [ActionDefinition]
    /// Pairs of types of actions: those that an action of the first type can be in.
    let actionTypeAncestors: [EntityType: Set<EntityType>]

    init(entityTypes: [EntityType: EntityDefinition], actions: [EntityUID: ActionDefinition]) {
        self.entityTypes = entityTypes
        self.actions = actions
        sortedActions = actions.values.sorted { $0.uid < $1.uid }
        var ancestors: [EntityType: Set<EntityType>] = [:]
        for action in sortedActions {
            ancestors[action.uid.type, default: []].formUnion(action.ancestors.map(\.type))
        }
        actionTypeAncestors = ancestors
    }

    /// Reads schema text and looks everything up.
    public init(text: [UInt8], limits: SchemaLimits = SchemaLimits()) throws(SchemaError) {
        self = try SchemaResolver.resolve(SchemaDocument(text: text, limits: limits), limits: limits)
    }

    /// Reads a JSON schema and looks everything up.
    public init(json: [UInt8], limits: SchemaLimits = SchemaLimits()) throws(SchemaError) {
        self = try SchemaResolver.resolve(SchemaDocument(json: json, limits: limits), limits: limits)
    }

    /// Looks everything up.
    public init(_ document: SchemaDocument, limits: SchemaLimits = SchemaLimits()) throws(SchemaError) {
        self = try SchemaResolver.resolve(document, limits: limits)
    }
}

extension Schema {
    /// Whether an entity of the type `type` may be in one of the type `container`, or be one of it.
    func canBeIn(_ type: EntityType, _ container: EntityType) -> Bool {
        type == container || entityTypes[container]?.descendants.contains(type) ?? false
            || actionTypeAncestors[type]?.contains(container) ?? false
    }

    /// The attributes of entities that have one of `types`; what is not declared has none.
    func attributes(of types: Set<EntityType>) -> RecordType {
        let shapes = types.sorted().map { entityTypes[$0]?.shape ?? .empty }
        guard let first = shapes.first else { return .empty }
        return shapes.dropFirst().reduce(first) { $0.permissiveBound($1) }
    }
}
