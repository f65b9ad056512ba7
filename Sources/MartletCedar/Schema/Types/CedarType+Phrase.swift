extension CedarType {
    /// The type as people call it: what only the validator tells apart is one.
    var phrase: String {
        switch self {
        case .never: "nothing"
        case .boolean: "Bool"
        case .long: "Long"
        case .string: "String"
        case .entity(.any): "an entity"
        case .entity(.of(let types)): types.sorted().map { "`\($0)`" }.phrase
        case .set(nil): "Set"
        case .set(.some(let element)): "Set<\(element.phrase.filter { $0 != "`" })>"
        case .record: "a record"
        case .extension(let type): type.rawValue
        }
    }
}

extension [String] {
    /// `a, b or c`
    var phrase: String {
        guard let last else { return "nothing" }
        let others = dropLast()
        return others.isEmpty ? last : "\(others.joined(separator: ", ")) or \(last)"
    }
}
