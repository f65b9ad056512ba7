import MartletCedar

/// Finds the name that was probably meant.
enum NearName {
    /// The nearest of `names`, at most about one change in three characters away; nil when there is none.
    static func of(_ written: String, in names: [String]) -> String? {
        let scalars = Array(written.unicodeScalars.prefix(64))
        let most = max(1, (scalars.count + 1) / 3)
        let near = names.map { (name: $0, distance: distance(scalars, Array($0.unicodeScalars.prefix(64)))) }
            .filter { $0.distance <= most }
        return near.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// How many characters have to be written, left out or changed.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var row = Array(0...right.count)
        for (index, scalar) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let change = diagonal + (right[column] == scalar ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}

extension ValidationError.Kind {
    /// What to do, with the name of the schema that was probably meant.
    func remedy(in schema: Schema) -> String {
        near(schema).map { "did you mean `\($0)`? \(remedy)" } ?? remedy
    }

    private func near(_ schema: Schema) -> String? {
        switch self {
        case .unknownEntityType(let type):
            NearName.of(type.description, in: schema.entityTypes.keys.map(\.description))
        case .unknownAction(let uid): NearName.of(uid.description, in: schema.actions.keys.map(\.description))
        case .unknownEnumeratedEntity(let uid):
            NearName.of(uid.id.string, in: schema.entityTypes[uid.type]?.ids?.map(\.string) ?? [])
        case .unknownAttribute(let name, let type, mayExist: false):
            NearName.of(name.string, in: schema.attributeNames(of: type))
        default: nil
        }
    }
}

extension Schema {
    fileprivate func attributeNames(of type: CedarType) -> [String] {
        switch type {
        case .record(let record): record.attributes.map(\.name.string)
        case .entity(.of(let types)):
            types.flatMap { entityTypes[$0]?.shape.attributes.map(\.name.string) ?? [] }
        default: []
        }
    }
}
