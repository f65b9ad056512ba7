import MartletJSON

/// A document as a tree, taken through the front door of the parser.
indirect enum JSONTree: Equatable {
    case null
    case bool(Bool)
    case number(String)
    /// UTF-8, because `String` compares canonically equivalent text as equal.
    case string([UInt8])
    case array([JSONTree])
    case object([Member])

    struct Member: Equatable {
        let key: [UInt8]
        let value: JSONTree
    }

    init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .boolean: self = .bool(value.bool ?? false)
        case .number: self = .number(value.numberText ?? "")
        case .string: self = .string(Array((value.string ?? "").utf8))
        case .array: self = .array(value.elements.map(JSONTree.init))
        case .object: self = .object(value.members.map { Member(key: Array($0.key.utf8), value: JSONTree($0.value)) })
        }
    }

    /// Every value of the tree, outermost first.
    var all: [JSONTree] {
        switch self {
        case .array(let elements): [self] + elements.flatMap(\.all)
        case .object(let members): [self] + members.flatMap(\.value.all)
        case .null, .bool, .number, .string: [self]
        }
    }

    var isNumberOutOfRange: Bool {
        guard case .number(let text) = self else { return false }
        return !(Double(text)?.isFinite ?? false)
    }

    /// Members by the UTF-16 units of their keys, numbers as the double they mean. Source: RFC 8785 section 3.2.
    var normalized: JSONTree {
        switch self {
        case .number(let text): .number("\(Double(text).map { $0 == 0 ? 0 : $0 } ?? .nan)")
        case .array(let elements): .array(elements.map(\.normalized))
        case .object(let members):
            .object(
                members.map { Member(key: $0.key, value: $0.value.normalized) }
                    .sorted { $0.units.lexicographicallyPrecedes($1.units) })
        case .null, .bool, .string: self
        }
    }

    /// Whether the members of every object stand in the order of their keys' UTF-16 units.
    var isSorted: Bool {
        all.allSatisfy { tree in
            guard case .object(let members) = tree else { return true }
            return zip(members, members.dropFirst()).allSatisfy { $0.units.lexicographicallyPrecedes($1.units) }
        }
    }
}

extension JSONTree.Member {
    fileprivate var units: [UInt16] { Array(String(decoding: key, as: UTF8.self).utf16) }
}
