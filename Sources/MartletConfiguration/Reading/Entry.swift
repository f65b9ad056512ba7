import MartletCore
import MartletPolicy
import Yams

/// One value of the file, with the key it stands under and its line.
struct Entry {
    let key: String
    let node: Node
    let line: Int

    /// The text of a scalar; nil for null, lists and mappings. `id: 007` is the text `007`.
    var text: String? {
        guard let scalar = node.scalar, !isNull else { return nil }
        return scalar.string
    }

    var isNull: Bool {
        guard let scalar = node.scalar, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    var bool: Bool? {
        guard node.scalar?.style == .plain else { return nil }
        return switch text {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// A whole number in plain digits.
    var integer: Int? {
        guard let text, node.scalar?.style == .plain, (1...15).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }

    var duration: Seconds? { text.flatMap { Seconds($0) } }

    /// A number of bytes: `512B`, `16KiB`, `64MiB`, `1GiB`.
    var size: Int? {
        guard let text else { return nil }
        for (unit, factor) in [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)]
        where text.hasSuffix(unit) {
            let digits = text.dropLast(unit.count)
            guard (1...12).contains(digits.utf8.count), digits.allSatisfy({ ("0"..."9").contains($0) }),
                let count = Int(digits)
            else { return nil }
            return count * factor
        }
        return nil
    }

    /// The elements of a list; nil when this is no list.
    var elements: [Entry]? {
        guard let sequence = node.sequence else { return nil }
        return sequence.map { Entry(key: key, node: $0, line: $0.mark?.line ?? line) }
    }
}
