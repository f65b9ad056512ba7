/// A value of Cedar.
public enum Value: Hashable, Sendable {
    /// `true` or `false`
    case bool(Bool)
    /// An integer of 64 bits.
    case long(Int64)
    /// A string.
    case string(Text)
    /// A reference to an entity, which need not exist.
    case entity(EntityUID)
    /// Values without order and repetition.
    case set(ValueSet)
    /// Values by key.
    case record(Record)
    /// A decimal number with four digits after the point.
    case decimal(Decimal)
    /// An IP address or a range of them.
    indirect case ip(IPAddress)
    /// A point in time.
    case datetime(Datetime)
    /// A length of time.
    case duration(Duration)

    /// The type of a value, as errors name it.
    public enum Kind: String, Hashable, Sendable {
        /// The types of the cases, as Cedar calls them; entities by this word instead of their type.
        case bool, long, string, entity, set, record, decimal, ipaddr, datetime, duration
    }

    /// The type.
    public var kind: Kind {
        switch self {
        case .bool: .bool
        case .long: .long
        case .string: .string
        case .entity: .entity
        case .set: .set
        case .record: .record
        case .decimal: .decimal
        case .ip: .ipaddr
        case .datetime: .datetime
        case .duration: .duration
        }
    }
}

extension Value {
    /// The value of a literal.
    init(_ literal: Expression.Literal) {
        switch literal {
        case .bool(let bool): self = .bool(bool)
        case .long(let long): self = .long(long)
        case .string(let text): self = .string(text)
        case .entity(let uid): self = .entity(uid)
        }
    }
}
