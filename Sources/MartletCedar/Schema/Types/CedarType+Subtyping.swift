extension CedarType {
    /// Whether every value of this type has the type `other`.
    func isSubtype(of other: CedarType, _ mode: ValidationMode) -> Bool {
        switch (self, other) {
        case (.never, _), (.long, .long), (.string, .string): true
        case (.boolean(let left), .boolean(let right)): left == right || right == .any
        case (.set(_), .set(nil)): true
        case (.set(.some(let left)), .set(.some(let right))): left.isSubtype(of: right, mode)
        case (.record(let left), .record(let right)): left.isSubtype(of: right, mode)
        case (.entity(let left), .entity(let right)): left.isSubtype(of: right, mode)
        case (.extension(let left), .extension(let right)): left == right
        default: false
        }
    }

    /// The smallest type that both are subtypes of; nil when there is none.
    func leastUpperBound(_ other: CedarType, _ mode: ValidationMode) -> CedarType? {
        if isSubtype(of: other, mode) { return other }
        if other.isSubtype(of: self, mode) { return self }
        switch (self, other) {
        case (.boolean, .boolean): return .bool
        case (.set(.some(let left)), .set(.some(let right))):
            return left.leastUpperBound(right, mode).map { .set($0) }
        case (.record(let left), .record(let right)):
            return left.leastUpperBound(right, mode).map { .record($0) }
        case (.entity(let left), .entity(let right)):
            return left.leastUpperBound(right, mode).map { .entity($0) }
        default: return nil
        }
    }

    /// The least upper bound of all; ``never`` of none, nil when there is none.
    static func leastUpperBound(of types: some Sequence<CedarType>, _ mode: ValidationMode) -> CedarType? {
        var bound = CedarType.never
        for type in types {
            guard let next = bound.leastUpperBound(type, mode) else { return nil }
            bound = next
        }
        return bound
    }

    /// Whether no value has both types, as far as that is certain: entities of different types only.
    func isDisjoint(from other: CedarType) -> Bool {
        guard case .entity(.of(let left)) = self, case .entity(.of(let right)) = other else { return false }
        return left.isDisjoint(with: right)
    }
}

extension EntityTypes {
    func isSubtype(of other: EntityTypes, _ mode: ValidationMode) -> Bool {
        switch (self, other) {
        case (.any, .any): true
        case (.any, .of): false
        case (.of, .any): mode == .permissive
        case (.of(let left), .of(let right)): mode == .strict ? left == right : left.isSubset(of: right)
        }
    }

    /// Only permissive mode knows entities of several types.
    func leastUpperBound(_ other: EntityTypes, _ mode: ValidationMode) -> EntityTypes? {
        if self == other { return self }
        guard mode == .permissive else { return nil }
        guard case .of(let left) = self, case .of(let right) = other else { return .any }
        return .of(left.union(right))
    }
}

extension RecordType {
    /// Attributes may be missing in the supertype only when it is open, and only in permissive mode.
    func isSubtype(of other: RecordType, _ mode: ValidationMode) -> Bool {
        guard !isOpen || other.isOpen else { return false }
        guard (other.isOpen && mode == .permissive) || hasNames(of: other) else { return false }
        return other.attributes.allSatisfy { theirs in
            guard let ours = self[theirs.name] else { return false }
            let fits = mode == .strict ? ours.isRequired == theirs.isRequired : ours.isRequired || !theirs.isRequired
            return fits && ours.type.isSubtype(of: theirs.type, mode)
        }
    }

    func leastUpperBound(_ other: RecordType, _ mode: ValidationMode) -> RecordType? {
        switch mode {
        case .strict: strictBound(other)
        case .permissive: permissiveBound(other)
        }
    }

    private func strictBound(_ other: RecordType) -> RecordType? {
        guard hasNames(of: other) else { return nil }
        var bound: [Attribute] = []
        for (left, right) in zip(attributes, other.attributes) {
            guard left.isRequired == right.isRequired, let type = left.type.leastUpperBound(right.type, .strict) else {
                return nil
            }
            bound.append(Attribute(name: left.name, type: type, isRequired: left.isRequired))
        }
        return RecordType(bound, isOpen: isOpen || other.isOpen)
    }

    /// Keeps the attributes that both have and that have a bound; the rest is known to be possible only.
    func permissiveBound(_ other: RecordType) -> RecordType {
        let bound = attributes.compactMap { left -> Attribute? in
            guard let right = other[left.name], let type = left.type.leastUpperBound(right.type, .permissive) else {
                return nil
            }
            return Attribute(name: left.name, type: type, isRequired: left.isRequired && right.isRequired)
        }
        let isComplete = bound.count == attributes.count && bound.count == other.attributes.count
        return RecordType(bound, isOpen: isOpen || other.isOpen || !isComplete)
    }
}
