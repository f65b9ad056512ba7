import MartletCore
import MartletJSON

extension Grant {
    /// The one spelling of this grant: JSON with a fixed member order and sorted lists.
    ///
    /// Two files that mean the same give the same text; the policy digest is taken over it.
    package var canonicalText: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.member("grant", string: id.rawValue)
        if let owner { writer.member("owner", string: owner.rawValue) }
        writer.member("expires", string: expires.rfc3339)
        writer.key("means")
        writer.raw(meaning)
        writer.endObject()
        return writer.bytes
    }

    /// What the grant permits, without its name, owner and end. Two grants of one meaning are one too many.
    var meaning: [UInt8] {
        Self.meaning(of: target, constraints: constraints, isClosed: isClosed, approval: approval)
    }

    static func meaning(
        of target: GrantTarget, constraints: [Constraint], isClosed: Bool, approval: ApprovalRule?
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.member("agent_role", string: target.role.rawValue)
        writer.member("upstream", string: target.upstream.rawValue)
        writer.key(target.subject.member)
        writer.string(target.subject.text)
        writer.key("closed")
        writer.bool(isClosed)
        writer.key("constraints")
        writer.beginArray()
        for text in constraints.map(\.canonicalText).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            writer.raw(text)
        }
        writer.endArray()
        if let approval { approval.write(to: &writer) }
        writer.endObject()
        return writer.bytes
    }
}

extension ApprovalRule {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("approval")
        writer.beginObject()
        writer.key("approvers")
        writer.beginArray()
        for name in approvers.map(\.rawValue).sorted() { writer.string(name) }
        writer.endArray()
        writer.member("quorum", int: quorum)
        writer.member("ttl", int: Int(ttl.count))
        writer.endObject()
    }
}

extension Constraint {
    fileprivate var canonicalText: [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.member("argument", string: path.description)
        switch rule {
        case .amount(let amount): amount.write(to: &writer)
        case .texts(let list):
            writer.key("one_of")
            writer.beginArray()
            for text in list.sorted(by: { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }) {
                writer.string(text.text)
            }
            writer.endArray()
        case .numbers(let list):
            writer.key("one_of")
            writer.beginArray()
            for number in list.sorted() { writer.rawNumber(number.description) }
            writer.endArray()
        case .number(let range): range.write(to: &writer)
        case .string(let rule): rule.write(to: &writer)
        case .boolean(let wanted):
            writer.key("boolean")
            writer.bool(wanted)
        }
        writer.endObject()
        return writer.bytes
    }
}

extension AmountRule {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("amount")
        writer.beginObject()
        writer.limit("minimum", minimum)
        writer.limit("maximum", maximum)
        writer.member("currency", string: currency.code)
        writer.member("currency_argument", string: currencyPath.description)
        writer.endObject()
    }
}

extension NumberRange {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("number")
        writer.beginObject()
        writer.limit("minimum", minimum)
        writer.limit("maximum", maximum)
        writer.endObject()
    }
}

extension StringRule {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("string")
        writer.beginObject()
        if let prefix { writer.member("prefix", string: prefix.text) }
        if let minimumLength { writer.member("minimum_length", int: minimumLength) }
        if let maximumLength { writer.member("maximum_length", int: maximumLength) }
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func limit(_ name: StaticString, _ value: Decimal?) {
        guard let value else { return }
        key(name)
        rawNumber(value.description)
    }
}
