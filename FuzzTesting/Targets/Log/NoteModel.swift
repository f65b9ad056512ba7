import Foundation

/// A signed note read literally: lines of text, an empty line, lines of signatures. Source: C2SP signed-note.
struct NoteModel {
    let text: [UInt8]
    /// As they stand there, without their newline.
    let signatures: [[UInt8]]

    init?(_ note: [UInt8]) {
        guard Self.isText(note) else { return nil }
        let lines = note.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        // An empty line with text before it and signatures behind it; the last such one counts.
        guard let middle = lines.indices.dropFirst().dropLast().last(where: { lines[$0].isEmpty }) else { return nil }
        signatures = Array(lines[(middle + 1)...])
        guard signatures.count <= 100, signatures.allSatisfy(Self.isSignature) else { return nil }
        text = Array(lines[..<middle].map { $0 + [0x0A] }.joined())
    }

    static func isText(_ bytes: [UInt8]) -> Bool {
        bytes.last == 0x0A && !bytes.contains { $0 < 0x20 && $0 != 0x0A }
    }

    private static func isSignature(_ line: [UInt8]) -> Bool {
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false).map(Array.init)
        guard words.count == 3, words[0] == Array("\u{2014}".utf8), !words[1].isEmpty, !words[1].contains(0x2B) else {
            return false
        }
        return (base64(words[2])?.count ?? 0) > 4
    }

    /// What Foundation reads, when it writes the same.
    static func base64(_ text: [UInt8]) -> [UInt8]? {
        guard let data = Data(base64Encoded: Data(text)), Array(data.base64EncodedData()) == text else { return nil }
        return Array(data)
    }

    /// A number as Swift writes it.
    static func number(_ text: [UInt8]) -> UInt64? {
        let text = String(decoding: text, as: UTF8.self)
        return UInt64(text).flatMap { isSameText(String($0), text) ? $0 : nil }
    }
}
