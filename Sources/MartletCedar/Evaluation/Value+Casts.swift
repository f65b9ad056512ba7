/// What a value has to be, or a type error.
extension Value {
    func bool() throws(EvaluationError.Kind) -> Bool {
        guard case .bool(let bool) = self else { throw .type(expected: [.bool], found: kind) }
        return bool
    }

    func long() throws(EvaluationError.Kind) -> Int64 {
        guard case .long(let long) = self else { throw .type(expected: [.long], found: kind) }
        return long
    }

    func text() throws(EvaluationError.Kind) -> Text {
        guard case .string(let text) = self else { throw .type(expected: [.string], found: kind) }
        return text
    }

    func entity() throws(EvaluationError.Kind) -> EntityUID {
        guard case .entity(let uid) = self else { throw .type(expected: [.entity], found: kind) }
        return uid
    }

    func set() throws(EvaluationError.Kind) -> ValueSet {
        guard case .set(let set) = self else { throw .type(expected: [.set], found: kind) }
        return set
    }

    func decimal() throws(EvaluationError.Kind) -> Decimal {
        guard case .decimal(let decimal) = self else { throw .type(expected: [.decimal], found: kind) }
        return decimal
    }

    func ip() throws(EvaluationError.Kind) -> IPAddress {
        guard case .ip(let address) = self else { throw .type(expected: [.ipaddr], found: kind) }
        return address
    }

    func datetime() throws(EvaluationError.Kind) -> Datetime {
        guard case .datetime(let datetime) = self else { throw .type(expected: [.datetime], found: kind) }
        return datetime
    }

    func duration() throws(EvaluationError.Kind) -> Duration {
        guard case .duration(let duration) = self else { throw .type(expected: [.duration], found: kind) }
        return duration
    }
}
