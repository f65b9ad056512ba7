extension Value: CustomStringConvertible {
    /// The value as an expression of Cedar that gives it.
    public var description: String {
        switch self {
        case .bool(let bool): bool ? "true" : "false"
        case .long(let long): "\(long)"
        case .string(let text): Quoted.string(text)
        case .entity(let uid): uid.description
        case .set(let set): "[\(set.elements.map(\.description).joined(separator: ", "))]"
        case .record(let record): record.description
        case .decimal(let decimal): "decimal(\"\(decimal)\")"
        case .ip(let address): "ip(\"\(address)\")"
        case .datetime(let datetime): datetime.description
        case .duration(let duration): "duration(\"\(duration)\")"
        }
    }
}

extension Record: CustomStringConvertible {
    /// The record as an expression of Cedar that gives it.
    public var description: String {
        "{\(fields.map { "\(Quoted.string($0.key)): \($0.value)" }.joined(separator: ", "))}"
    }
}
