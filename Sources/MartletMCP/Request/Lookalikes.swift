import MartletJSON

/// Finds member names that another parser might take for one of ours.
///
/// We match names byte for byte; some JSON libraries fold case, also the Kelvin sign to `k` and the long s to `s`.
/// A body that means one thing to us and another to the next reader is refused whole.
/// Source: CVE-2026-27896, GHSA-4gph-2hhr-5mwg.
enum Lookalikes {
    static let envelope = ["jsonrpc", "id", "method", "params", "result", "error"]
    static let parameters = [
        "name", "arguments", "_meta", "uri", "ref", "argument", "context", "cursor", "level", "inputResponses",
        "requestState", "taskId", "notifications",
    ]

    /// The known name that some member of `object` resembles without being it; nil when all is well.
    static func find(in object: JSONValue, of known: [String]) -> String? {
        guard !object.hasNoKey(but: known) else { return nil }
        for (key, _) in object.members where !known.contains(where: { $0.hasSameBytes(as: key) }) {
            if let resembled = known.first(where: { resembles(key, $0) }) { return resembled }
        }
        return nil
    }

    private static func resembles(_ key: String, _ known: String) -> Bool {
        // A name this long does not fold to a known one even when each letter takes four bytes and marks follow.
        guard key.utf8.count <= 256 else { return false }
        var folded: [UInt8] = []
        for scalar in key.unicodeScalars where !scalar.properties.isDefaultIgnorableCodePoint {
            guard let byte = fold(scalar) else { return false }
            folded.append(byte)
        }
        return folded.elementsEqual(known.utf8.lazy.map(\.lowered))
    }

    /// The ASCII byte a lenient reader could take the scalar for: its case and compatibility folding.
    private static func fold(_ scalar: Unicode.Scalar) -> UInt8? {
        switch scalar.value {
        case 0...0x7F: UInt8(truncatingIfNeeded: scalar.value).lowered
        case 0xFF01...0xFF5E: UInt8(truncatingIfNeeded: scalar.value - 0xFEE0).lowered
        case 0x017F: UInt8(ascii: "s")
        case 0x212A: UInt8(ascii: "k")
        case 0x0130, 0x0131: UInt8(ascii: "i")
        case 0x1D400...0x1D6A3: UInt8(ascii: "a") + UInt8(truncatingIfNeeded: (scalar.value - 0x1D400) % 26)
        default: nil
        }
    }
}
