import MartletJSON

/// A document as a tree, independent of the parser: what a random text was made from.
indirect enum Model: Equatable {
    case null
    case bool(Bool)
    case number(String)
    /// UTF-8, because `String` compares canonically equivalent text as equal.
    case string([UInt8])
    case array([Model])
    case object([Member])

    struct Member: Equatable {
        let key: [UInt8]
        let value: Model
    }

    init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .boolean: self = .bool(value.bool ?? false)
        case .number: self = .number(value.numberText ?? "")
        case .string: self = .string(Array((value.string ?? "").utf8))
        case .array: self = .array(value.elements.map(Model.init))
        case .object: self = .object(value.members.map { Member(key: Array($0.key.utf8), value: Model($0.value)) })
        }
    }

    static func random(depth: Int, _ generator: inout SplitMix64) -> Model {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .number(randomNumber(&generator))
        case 3, 4: return .string(randomText(&generator))
        case 5:
            let count = Int.random(in: 0..<6, using: &generator)
            return .array((0..<count).map { _ in random(depth: depth - 1, &generator) })
        default: return randomObject(depth: depth, &generator)
        }
    }

    private static func randomObject(depth: Int, _ generator: inout SplitMix64) -> Model {
        var keys: Set<[UInt8]> = []
        var members: [Member] = []
        for _ in 0..<Int.random(in: 0..<20, using: &generator) {
            let key = randomText(&generator).filter { $0 != 0 }
            guard keys.insert(key).inserted else { continue }
            members.append(
                Member(key: key, value: random(depth: Bool.random(using: &generator) ? 0 : depth - 1, &generator)))
        }
        return .object(members)
    }

    /// Up to 15 digits and a small exponent, so that the canonical form takes it.
    private static func randomNumber(_ generator: inout SplitMix64) -> String {
        var text = "\(Int64.random(in: -9_999_999...9_999_999, using: &generator))"
        if Bool.random(using: &generator) { text += ".\(UInt32.random(in: 0...9_999_999, using: &generator))" }
        if Bool.random(using: &generator) {
            text += ["e", "E", "e+", "E-"].randomElement(using: &generator) ?? "e"
            text += "\(Int.random(in: 0...40, using: &generator))"
        }
        return text
    }

    private static func randomText(_ generator: inout SplitMix64) -> [UInt8] {
        let ranges: [ClosedRange<UInt32>] = [
            0...0x1F, 0x20...0x7E, 0x20...0x7E, 0x20...0x7E, 0x7F...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF,
            0x10000...0x10FFFF,
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0..<8, using: &generator) {
            let scalar = UInt32.random(in: ranges.randomElement(using: &generator) ?? 0...0, using: &generator)
            text.unicodeScalars.append(UnicodeScalar(scalar) ?? "?")
        }
        return Array(text.utf8)
    }
}

extension Model {
    /// The document in one of its many spellings: whitespace and escapes at random.
    func spelled(_ generator: inout SplitMix64) -> String {
        let space = { (generator: inout SplitMix64) in
            ["", "", "", " ", "\n", "\t\r "].randomElement(using: &generator) ?? ""
        }
        let text: String
        switch self {
        case .null: text = "null"
        case .bool(let bool): text = bool ? "true" : "false"
        case .number(let number): text = number
        case .string(let bytes): text = Self.spelled(bytes, &generator)
        case .array(let elements):
            text = "[" + elements.map { $0.spelled(&generator) }.joined(separator: ",") + space(&generator) + "]"
        case .object(let members):
            let items = members.map {
                space(&generator) + Self.spelled($0.key, &generator) + space(&generator) + ":"
                    + $0.value.spelled(&generator)
            }
            text = "{" + items.joined(separator: ",") + space(&generator) + "}"
        }
        return space(&generator) + text + space(&generator)
    }

    private static func spelled(_ bytes: [UInt8], _ generator: inout SplitMix64) -> String {
        var text = "\""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            guard mustEscape || Int.random(in: 0..<4, using: &generator) == 0 else {
                text.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16, uppercase: Bool.random(using: &generator))
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            }
        }
        return text + "\""
    }
}
